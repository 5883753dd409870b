/* SPDX-License-Identifier: MIT */
#include "publish/certificate.h"

#include "base/log.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

DEFINE_CLEANUP(SSL_CTX *, SSL_CTX_free);

static int check_readable(const char *key, const char *path)
{
    if (!path[0] || access(path, R_OK) == 0)
        return 0;
    int error = errno;
    log_error(LOG_CONFIG, "%s = \"%s\": %s; it should name a PEM file that crampd's user may read", key, path,
              strerror(error));
    return -error;
}

/* A daemon has nobody to ask: remembers that it should have. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is OpenSSL's */
static int no_passphrase(char *buffer, int size, int writing, void *asked)
{
    (void)buffer, (void)size, (void)writing;
    *(bool *)asked = true;
    return 0;
}

/* Group is left to the administrator: Debian keeps keys for a group of services. */
static int check_guarded(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return -errno;
    if (!(st.st_mode & 07))
        return 0;
    log_error(LOG_CONFIG, "mqtt.key_file = \"%s\": others may read the key (mode %04o); chmod o= it", path,
              (unsigned)st.st_mode & 07777);
    return -EPERM;
}

static int complain(const char *key, const char *path, const char *wrong)
{
    log_error(LOG_CONFIG, "%s = \"%s\": %s", key, path, wrong);
    return -EINVAL;
}

static int check_pair(const char *cert, const char *key)
{
    _cleanup_(SSL_CTX_freep) SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    bool asked = false;

    if (!context)
        return -ENOMEM;
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
    /* The key first: a certificate that comes before it is held against it, and then the key is to blame. */
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return complain("mqtt.key_file", key,
                        asked ? "has a passphrase, which nobody could enter; store the key without one"
                              : "is not a private key (PEM)");
    if (SSL_CTX_use_certificate_chain_file(context, cert) != 1)
        return complain("mqtt.cert_file", cert, "is not a certificate (PEM)");
    if (SSL_CTX_check_private_key(context) != 1)
        return complain("mqtt.key_file", key, "does not belong to the certificate mqtt.cert_file");
    return 0;
}

int certificate_check(const struct mqtt_params *p)
{
    int r;

    if (!p->cert_file[0] != !p->key_file[0]) {
        log_error(LOG_CONFIG, "mqtt.cert_file and mqtt.key_file belong together; set both or none");
        return -EINVAL;
    }
    if ((r = check_readable("mqtt.ca_file", p->ca_file)) < 0 ||
        (r = check_readable("mqtt.cert_file", p->cert_file)) < 0 ||
        (r = check_readable("mqtt.key_file", p->key_file)) < 0 || !p->key_file[0] ||
        (r = check_guarded(p->key_file)) < 0)
        return r;
    return check_pair(p->cert_file, p->key_file);
}

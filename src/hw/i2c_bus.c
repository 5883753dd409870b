/* SPDX-License-Identifier: MIT */
#include "hw/i2c_bus.h"

#include <errno.h>

/* The Pi's drivers say EREMOTEIO where the kernel's own document (i2c/fault-codes.rst) says ENXIO; ENOTCONN
   is what a bus made in user space (CUSE) gives when its maker has gone. What is not listed is trouble. */
enum i2c_error i2c_classify(int negative_errno)
{
    switch (-negative_errno) {
    case 0: return I2C_FINE;
    case ENXIO:
    case EREMOTEIO: return I2C_ABSENT;
    case EOPNOTSUPP:
    case ENOTTY:
    case ENOSYS:
    case EINVAL: return I2C_UNSUPPORTED;
    case ENODEV:
    case ENOENT:
    case ENOTCONN:
    case EBADF: return I2C_NO_BUS;
    case EACCES:
    case EPERM: return I2C_DENIED;
    default: return I2C_TROUBLE;
    }
}

const char *i2c_error_text(enum i2c_error error)
{
    switch (error) {
    case I2C_FINE: return "fine";
    case I2C_ABSENT: return "no answer at the address; is the cable in, the address right?";
    case I2C_TROUBLE: return "bus trouble; check the wires and pull-ups, one chip may be holding SDA";
    case I2C_UNSUPPORTED: return "this I2C adapter cannot do plain transfers";
    case I2C_NO_BUS:
        return "the bus device is not there; enable I2C (dtparam=i2c_arm=on) and load the module i2c-dev";
    case I2C_DENIED: return "not allowed; the user must be in group i2c and the unit must allow char-i2c";
    }
    return "?";
}

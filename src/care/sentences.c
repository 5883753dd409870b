/* SPDX-License-Identifier: MIT */
#include "care/care.h"

#include "base/macros.h"

#define CALF      (BIT(MUSCLE_GASTROCNEMIUS) | BIT(MUSCLE_GASTROCNEMIUS_LATERAL) | BIT(MUSCLE_SOLEUS))
#define SHIN      BIT(MUSCLE_TIBIALIS)
#define HAMSTRING BIT(MUSCLE_HAMSTRING)
#define THIGH     BIT(MUSCLE_QUADRICEPS)
#define FOOT      BIT(MUSCLE_FOOT)
#define ALL       (BIT(muscle_count) - 1)

#define FROM(...)  .sources = {__VA_ARGS__}
#define HINT       .use = CARE_PREVENTION, .muscles = ALL
#define SIGN_OF(l) .use = CARE_SIGN, .muscles = ALL, .level = l
#define ADVICE(l)  .use = CARE_LEVEL, .muscles = ALL, .level = l

const struct care_sentence care_sentences[] = {
    /* Without getting up. No source names a stretch for the shin: pulling the toes up would shorten it. */
    {"calf_in_bed", CARE_IN_BED, CALF, FROM("004", "19", "103"),
     .text =
         N_("Straighten your knee and slowly pull your toes toward your shin. Hold for 15 to 30 seconds.")},
    {"hamstring_in_bed", CARE_IN_BED, HAMSTRING, FROM("103", "104", CARE_OWN),
     .text = N_("Sit up with the leg straight in front of you and lean slowly forward from your hips.")},
    {"thigh_in_bed", CARE_IN_BED, THIGH, FROM("004", "103", "104", CARE_OWN),
     .text = N_(
         "Lie on your other side and slowly pull your heel toward your buttock. Hold for 10 to 20 seconds.")},
    {"foot_in_bed", CARE_IN_BED, FOOT, FROM("004", "103", "104"),
     .text = N_("Sit up, straighten your leg and pull your toes up toward you. Hold for 10 to 20 seconds.")},
    {"shin_in_bed", CARE_IN_BED, SHIN, FROM("004"),
     .text = N_("Let the leg rest and rub the front of your shin gently with your hands.")},

    {"rub", CARE_EASING, ALL & ~SHIN, FROM("004"),
     .text = N_("Rubbing the hard spot with your hands may ease it.")},
    {"calm", CARE_EASING, ALL, FROM("004"),
     .text = N_("Stay as calm as you can: agitation can make a cramp worse.")},

    {"sit_first", CARE_RISING, ALL, FROM("004"),
     .text = N_(
         "Before you stand up, sit on the edge of the bed with both feet on the floor for a few seconds.")},
    {"hold_on", CARE_RISING, ALL, FROM("004"),
     .text = N_("Rise slowly, and hold on to something steady: you could fall.")},

    {"calf_standing", CARE_STANDING, CALF, FROM("004", "19", "103"),
     .text = N_("Put your weight on the leg with the cramp, heel on the floor, knee slightly bent.")},
    {"wall", CARE_STANDING, CALF | HAMSTRING, FROM("004"),
     .text = N_("Lean against a wall at arm's length, both heels on the floor. Hold for 10 seconds, 5 to 10 "
                "times.")},
    {"walk", CARE_STANDING, CALF, FROM("004"),
     .text = N_("Walk about a little, with something steady within reach.")},
    {"hamstring_standing", CARE_STANDING, HAMSTRING, FROM("004"),
     .text = N_("Put the leg with the cramp forward on its heel, bend the other knee, rest your hands on it "
                "and move your hips back.")},
    {"thigh_standing", CARE_STANDING, THIGH, FROM("004", "103", "104"),
     .text = N_("Hold on to a chair and pull the foot of the leg with the cramp up to your buttock for 10 to "
                "20 seconds.")},

    {"warmth", CARE_AFTERWARDS, ALL, FROM("004"),
     .text = N_("When the cramp has let go, warmth may do the muscle good.")},
    {"cold", CARE_AFTERWARDS, ALL, FROM("004"),
     .text = N_("The muscle may be sore for a day or longer. Something cold may help then.")},
    {"again", CARE_AFTERWARDS, ALL, FROM("12"),
     .text = N_("For about an hour the same muscle may cramp again more easily.")},

    {"stretch_before_bed", HINT, FROM("004", "25", "29", "100", "101"),
     .text =
         N_("Stretching before bed may help, though trials disagree: 10 seconds, three times, both legs.")},
    {"drink", HINT, FROM("000", "003", "004", CARE_OWN),
     .text = N_("Drinking enough through the day may help, unless a doctor has told you to drink little.")},
    {"covers", HINT, FROM("004"), .text = N_("Loose bedcovers that do not press your toes down may help.")},
    {"shoes", HINT, FROM("000", "003", "004"), .text = N_("Shoes that support your feet may help.")},
    {"posture", HINT, FROM("000", "003", "004"),
     .text = N_("Breaking up long sitting or standing may help.")},
    {"activity", HINT, FROM("000", "003", "004"),
     .text =
         N_("Gentle activity such as walking or swimming may help; hard effort without training may not.")},
    {"food", HINT, FROM("000", "003", "004", CARE_OWN),
     .text = N_("Potassium, magnesium and calcium in your daily food may help; ask a doctor before you take "
                "them as tablets.")},
    {"alcohol", HINT, FROM("000", "003", "004"), .text = N_("Drinking little alcohol may help.")},
    {"bath", HINT, FROM("000", "003", "004"), .text = N_("A warm bath or a massage before bed may help.")},
    {"position", HINT, FROM("000", "003", "004"),
     .text = N_("A sleeping position that suits you may help, for example with the lower legs raised.")},
    {"quinine", CARE_CAUTION, ALL, FROM("004"),
     .text = N_("Quinine is no longer recommended against leg cramps.")},

    /* In doubt a person is sent to somebody sooner, never later, than the triage would. */
    {"level_emergency", ADVICE(CARE_EMERGENCY), FROM("003", "004"),
     .text = N_("Call the emergency number now.")},
    {"chest", SIGN_OF(CARE_EMERGENCY), FROM("003", "004"),
     .text = N_("New shortness of breath or chest pain, with a swollen leg or a pain deep in the leg")},
    {"sudden_weakness", SIGN_OF(CARE_EMERGENCY), FROM("003", "004", CARE_OWN),
     .text = N_("Sudden severe weakness or numbness of a whole leg or foot that has not gone away")},
    {"sudden_pain", SIGN_OF(CARE_EMERGENCY), FROM("003", "004"),
     .text = N_("Sudden severe pain in a leg that is blue, very pale or cold")},
    {"convulsion", SIGN_OF(CARE_EMERGENCY), FROM("003", "004"),
     .text = N_("Several parts of the body cramp or jerk at once, or the person does not respond as usual")},

    {"level_now", ADVICE(CARE_NOW), FROM("004"),
     .text = N_("Get medical help now. If you reach nobody, go to an emergency department within the hour.")},
    {"colour", SIGN_OF(CARE_NOW), FROM("004"),
     .text = N_("A leg that is blue, very pale or cold, unlike the other one, and stays so")},
    {"long_cramp", SIGN_OF(CARE_NOW), FROM("19", "109"),
     .text = N_("A cramp that has lasted more than 10 minutes")},

    {"level_today", ADVICE(CARE_TODAY), FROM("004"), .text = N_("See a doctor today.")},
    {"redness", SIGN_OF(CARE_TODAY), FROM("004"),
     .text = N_("Red streaks, pus or fever together with leg pain")},
    {"swelling", SIGN_OF(CARE_TODAY), FROM("004"),
     .text = N_("New swelling that gets worse over hours or days")},
    {"hard_to_move", SIGN_OF(CARE_TODAY), FROM("004"),
     .text = N_("A leg that has newly become very hard to move")},
    {"vein", SIGN_OF(CARE_TODAY), FROM("004"),
     .text = N_("Pain along a bulging vein that is red or bleeding")},

    {"level_appointment", ADVICE(CARE_APPOINTMENT), FROM("000", "002", "004"),
     .text = N_("Make an appointment with a doctor for the next one to two weeks.")},
    {"often", SIGN_OF(CARE_APPOINTMENT), FROM("000", "002", "004"),
     .text = N_("Several cramps a week, or more than one a week without a good reason")},
    {"sleep", SIGN_OF(CARE_APPOINTMENT), FROM("000", "002", "004"),
     .text = N_("Cramps that disturb your sleep")},
    {"weeks", SIGN_OF(CARE_APPOINTMENT), FROM("000", "002", "004"),
     .text = N_("Cramps or other complaints in the leg for more than two weeks")},
    {"feeling", SIGN_OF(CARE_APPOINTMENT), FROM("000", "002", "004"),
     .text = N_("Cramps together with weakness, numbness or tingling")},
    {"look", SIGN_OF(CARE_APPOINTMENT), FROM("000", "002", "004"),
     .text = N_(
         "Cramps together with swelling, a change in the colour of the skin or a muscle that looks thinner")},
    {"side", SIGN_OF(CARE_APPOINTMENT), FROM("000"),
     .text = N_("Cramps always in the same leg, or more and worse than before")},
    {"medicine", SIGN_OF(CARE_APPOINTMENT), FROM("000", "001", "003", "004", CARE_OWN),
     .text = N_("Cramps since a new or changed medicine: note the date, and ask before you stop taking it")},
    {"earlier", SIGN_OF(CARE_APPOINTMENT), FROM("000", "002", "004"),
     .text = N_("Sooner if you are older, or known to have diabetes or a disease of thyroid, kidneys, nerves "
                "or blood vessels")},

    {"level_home", ADVICE(CARE_HOME), FROM("000", "002", "004"),
     .text = N_("Usually it is enough to look after it at home.")},
    {"occasional", SIGN_OF(CARE_HOME), FROM("000", "002", "004"),
     .text = N_("A cramp now and then after exertion, heat or long sitting that passes and leaves no "
                "weakness or numbness")},

    {"walking", CARE_PATTERN, ALL, FROM("000", "001", "004"),
     .text = N_("Cramps while walking that ease at rest")},
    {"evening", CARE_PATTERN, ALL, FROM("000", "001", "004"),
     .text = N_("Legs that are heavy or swollen in the evening, cramps at night, veins that can be seen")},
    {"radiating", CARE_PATTERN, ALL, FROM("000", "001", "004"),
     .text = N_("Burning, tingling, numbness or a pain that spreads, worse the longer you walk, better when "
                "you bend forward")},
    {"tired", CARE_PATTERN, ALL, FROM("000", "001"),
     .text = N_("Tiring easily, together with frequent cramps")},
};
const size_t care_sentence_count = ARRAY_SIZE(care_sentences);

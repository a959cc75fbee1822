/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shipped policies, as they are, in read-only data. */
    .macro profile name
    .global policy_profile_\name
    .global policy_profile_\name\()_end
policy_profile_\name:
    .incbin "policy/profiles/\name\().json"
policy_profile_\name\()_end:
    .endm

    .section .rodata
    profile batch
    profile strict

    .section .note.GNU-stack, "", %progbits

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shipped policies, as they are, in read-only data. */
    .macro profile name, file
    .global policy_profile_\name
    .global policy_profile_\name\()_end
policy_profile_\name:
    .incbin "policy/profiles/\file\().json"
policy_profile_\name\()_end:
    .endm

    .section .rodata
    profile batch, batch
    profile strict, strict
    profile build, build
    profile network_client, network-client
    profile readonly, readonly

    .section .note.GNU-stack, "", %progbits

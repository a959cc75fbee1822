/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the static programs begin, before the C library does. A page that a program comes to for
 * the first time is a fault, and on a virtual machine a dear one; here two calls ask for the pages
 * that a launch will come to: what is read (headers, text, constants: pages of the file that are
 * in memory anyway, and are only mapped), and what is written (the data, which the C library
 * relocates in place, and the first of the zeroed memory). The linker knows where they are. A
 * kernel that does not know MADV_POPULATE_READ and _WRITE (5.14) says no, and nothing is lost.
 * What the kernel left in registers and on the stack is left there for _start.
 */
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#define ZEROED_BYTES        0x1c000 /* the facts, the run and what is beside them */

	.text
	.globl	prefault_start
	.hidden	prefault_start
	.hidden	__executable_start
	.hidden	__init_array_start /* where the data begins */
	.hidden	__bss_start
prefault_start:
#if defined(__x86_64__)
	mov	%rdx, %r12
	lea	__executable_start(%rip), %rdi
	lea	__init_array_start(%rip), %rsi
	and	$-4096, %rsi
	mov	%rsi, %r13
	sub	%rdi, %rsi
	mov	$MADV_POPULATE_READ, %edx
	mov	$28, %eax
	syscall
	mov	%r13, %rdi
	lea	__bss_start + ZEROED_BYTES(%rip), %rsi
	sub	%rdi, %rsi
	mov	$MADV_POPULATE_WRITE, %edx
	mov	$28, %eax
	syscall
	mov	%r12, %rdx
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	jmp	_start
#elif defined(__aarch64__)
	mov	x19, x0
	adrp	x0, __executable_start
	adrp	x20, __init_array_start
	sub	x1, x20, x0
	mov	x2, #MADV_POPULATE_READ
	mov	x8, #233
	svc	#0
	mov	x0, x20
	adrp	x1, __bss_start + ZEROED_BYTES
	sub	x1, x1, x0
	mov	x2, #MADV_POPULATE_WRITE
	mov	x8, #233
	svc	#0
	mov	x0, x19
	b	_start
#else
#error "say how this machine calls the kernel"
#endif
	.section .note.GNU-stack, "", %progbits

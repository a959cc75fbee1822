/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the static programs begin, before the C library does. A page that a program comes to for
 * the first time is a fault, and on a virtual machine a dear one; here two calls ask for the pages
 * that a launch will come to: what is read (headers, text, constants: pages of the file that are in
 * memory anyway, and are only mapped; not the data that is seldom read, nor the tables for unwinding
 * behind it), and what is written (the data, which the C library relocates in place, and the zeroed
 * memory as far as libcgroup's tables). The linker knows where they are. A kernel that does not know
 * MADV_POPULATE_READ and _WRITE (5.14) says no, and nothing is lost. What the kernel left in
 * registers and on the stack is left there for _start.
 */
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23

	.text
	.globl	prefault_start
	.hidden	prefault_start
	.hidden	__executable_start
	.hidden	__start_seldom_read
	.hidden	__init_array_start /* where the data begins */
	.hidden	cg_mount_table
prefault_start:
#if defined(__x86_64__)
	mov	%rdx, %r12
	lea	__executable_start(%rip), %rdi
	lea	__start_seldom_read(%rip), %rsi
	mov	$MADV_POPULATE_READ, %edx
	call	populate
	lea	__init_array_start(%rip), %rdi
	lea	cg_mount_table(%rip), %rsi
	mov	$MADV_POPULATE_WRITE, %edx
	call	populate
	mov	%r12, %rdx
	xor	%r12d, %r12d
	jmp	_start

/* from rdi, whose page may have begun before, to rsi */
populate:
	and	$-4096, %rdi
	sub	%rdi, %rsi
	mov	$28, %eax
	syscall
	ret
#elif defined(__aarch64__)
	mov	x19, x0
	adrp	x0, __executable_start
	adrp	x1, __start_seldom_read
	mov	x2, #MADV_POPULATE_READ
	bl	populate
	adrp	x0, __init_array_start
	adrp	x1, cg_mount_table
	mov	x2, #MADV_POPULATE_WRITE
	bl	populate
	mov	x0, x19
	b	_start

/* from x0 to x1, pages both */
populate:
	sub	x1, x1, x0
	mov	x8, #233
	svc	#0
	ret
#else
#error "say how this machine calls the kernel"
#endif
	.section .note.GNU-stack, "", %progbits

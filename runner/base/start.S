/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the static programs begin, before the C library does. It relocates the program's data in
 * place, and so copies twenty pages one by one as it comes to each; here they are asked for in one
 * call. The linker knows where they are: from the first array of constructors to the end of the
 * data. A kernel that does not know MADV_POPULATE_WRITE (5.14) says no, and nothing is lost. What
 * the kernel left in registers and on the stack is left there for _start.
 */
#define MADV_POPULATE_WRITE 23

	.text
	.globl	prefault_start
	.hidden	prefault_start
	.hidden	__init_array_start
	.hidden	__bss_start
prefault_start:
#if defined(__x86_64__)
	mov	%rdx, %r12
	lea	__init_array_start(%rip), %rdi
	and	$-4096, %rdi
	lea	__bss_start(%rip), %rsi
	sub	%rdi, %rsi
	mov	$MADV_POPULATE_WRITE, %edx
	mov	$28, %eax
	syscall
	mov	%r12, %rdx
	xor	%r12d, %r12d
	jmp	_start
#elif defined(__aarch64__)
	mov	x19, x0
	adrp	x0, __init_array_start
	adrp	x1, __bss_start
	add	x1, x1, #4096
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

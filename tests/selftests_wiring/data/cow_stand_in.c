// SPDX-License-Identifier: GPL-2.0
/*
 * A stand-in for a generated program: what a child writes after fork() to a
 * private page stays the child's own.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"
#include "cow_stand_in.h"

int main(void)
{
	int status = 0;
	char *page;
	pid_t pid;

	ksft_print_header();
	ksft_set_plan(1);

	page = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		ksft_exit_fail_msg("mmap() failed\n");
	memset(page, OURS, getpagesize());

	pid = fork();
	if (pid < 0)
		ksft_exit_fail_msg("fork() failed\n");
	if (!pid) {
		memset(page, THEIRS, getpagesize());
		_exit(page[0] != THEIRS);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		ksft_exit_fail_msg("the child did not write\n");

	ksft_test_result(page[0] == OURS, "anon child-writes R1\n");
	ksft_exit(!ksft_get_fail_cnt());
}

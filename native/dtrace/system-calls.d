#!/usr/sbin/dtrace -s
/*
 * System calls of both peers, and what each takes.
 *
 *   ipcbench trace pipe -- native/dtrace/system-calls.d
 *
 * For illumos, macOS and FreeBSD; it has not been run on Linux.
 */
#pragma D option quiet

syscall:::entry
/pid == $1 || pid == $2/
{
	self->since = timestamp;
}

syscall:::return
/self->since/
{
	@calls[pid == $1 ? "client" : "server", probefunc] = count();
	@took[pid == $1 ? "client" : "server", probefunc] = quantize(timestamp - self->since);
	self->since = 0;
}

proc:::exit
/pid == $1 || pid == $2/
{
	exit(0);
}

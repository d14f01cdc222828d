/*
 * ipcbench-peer: the one executable that is launcher, client and server.
 *
 *   ipcbench-peer trial FLAGS     one trial; see cell.c for the flags
 *   ipcbench-peer --describe      compiled probes, as JSON
 *   ipcbench-peer --layout        layout of the results page, as JSON
 *   ipcbench-peer sweep           remove what dead trials left
 *   ipcbench-peer bcopy ...       what a copy between two processors costs; see bcopy.h
 *   ipcbench-peer calibrate ...   what the parts of every mechanism cost; see calibrate.h
 *
 * `client` and `server` are started by `trial` only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bcopy.h"
#include "calibrate.h"
#include "describe.h"
#include "launcher.h"
#include "namespace.h"
#include "page.h"
#include "peer.h"

static int check_probes(void)
{
	for (const struct probe_ops *const *probe = probe_list; *probe != NULL; probe++) {
		const char *problem = probe_check(*probe);
		if (problem != NULL) {
			fprintf(stderr, "ipcbench-peer: probe %s: %s\n",
				(*probe)->name ? (*probe)->name : "?", problem);
			return -1;
		}
	}
	return 0;
}

static int run_cell(const char *what, int argc, char **argv)
{
	struct cell cell;
	if (cell_parse(&cell, argc, argv, 2) < 0)
		return PEER_EXIT_USAGE;
	if (probe_find(cell.probe) == NULL) {
		fprintf(stderr, "ipcbench-peer: no probe '%s'; --describe lists them\n",
			cell.probe);
		return PEER_EXIT_USAGE;
	}
	if (strcmp(what, "trial") == 0)
		return launcher_main(&cell, argc, argv, 2);
	return peer_main(strcmp(what, "server") == 0 ? ROLE_SERVER : ROLE_CLIENT, &cell);
}

static int sweep(void)
{
	if (namespace_sweep() >= 0)
		return 0;
	fprintf(stderr, "ipcbench-peer: sweep: %s\n", strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	if (check_probes() < 0)
		return PEER_EXIT_USAGE;
	if (strcmp(what, "--describe") == 0) {
		describe_print();
		return 0;
	}
	if (strcmp(what, "--layout") == 0) {
		page_print_layout();
		return 0;
	}
	if (strcmp(what, "sweep") == 0)
		return sweep();
	if (strcmp(what, "bcopy") == 0)
		return bcopy_main(argc - 2, argv + 2);
	if (strcmp(what, "calibrate") == 0)
		return calibrate_main(argc - 2, argv + 2);
	if (strcmp(what, "trial") == 0 || strcmp(what, "server") == 0 ||
	    strcmp(what, "client") == 0)
		return run_cell(what, argc, argv);
	fprintf(stderr,
		"usage: ipcbench-peer trial --probe NAME [--size BYTES] [--wait POLICY] ...\n"
		"       ipcbench-peer --describe | --layout | sweep\n"
		"       ipcbench-peer bcopy BYTES WRITER-CPU COPIER-CPU DURATION-NS\n"
		"       ipcbench-peer calibrate [--seconds S] [--sizes A,B,...] [--cpus A,B]\n");
	return PEER_EXIT_USAGE;
}

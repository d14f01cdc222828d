#!/bin/sh
# run.sh NAME PREFIX LIBDIR: compiles the sample NAME against the libdoor that is
# installed in PREFIX, runs it, and compares what it prints with NAME.expected.
#
# NAME.c or NAME.cc is one program. NAME_server.c and NAME_client.c are two: both
# get a path for the door; the server is started first and says "ready".
set -eu
name=$1
prefix=$2
libdir=$3
here=$(cd "$(dirname "$0")" && pwd)
# Beside the installation: fattach() needs extended attributes, which /tmp may lack.
work=$(mktemp -d "$prefix.XXXXXX")
server=
finish() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || :
		wait "$server" 2>/dev/null || :
	fi
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

export CPATH="$prefix/include" LIBRARY_PATH="$prefix/$libdir" LD_LIBRARY_PATH="$prefix/$libdir"
cd "$work"

compile() { # compiler source program
	"$1" -Wall -Wextra "$here/$2" -o "$3" -ldoor -lpthread 2>warnings || {
		cat warnings >&2
		exit 1
	}
	if [ -s warnings ]; then
		echo "run.sh: $1 warns about $2:" >&2
		cat warnings >&2
		exit 1
	fi
}

if [ -e "$here/${name}_server.c" ]; then
	compile cc "${name}_server.c" server
	compile cc "${name}_client.c" client
	./server "$work/door" >served 2>&1 &
	server=$!
	tries=0
	until grep -q ready served; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] && kill -0 "$server" || {
			echo "run.sh: the server isn't ready:" >&2
			cat served >&2
			exit 1
		}
		sleep 0.1
	done
	timeout 60 ./client "$work/door" >printed
	cat served >>printed
elif [ -e "$here/$name.cc" ]; then
	compile c++ "$name.cc" program
	timeout 60 ./program >printed
else
	compile cc "$name.c" program
	timeout 60 ./program >printed
fi
diff -u "$here/$name.expected" printed

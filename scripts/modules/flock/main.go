// flock does what the applet of that name in the official busybox image does when a script says
// `flock -n FD`. Debian's static busybox, which a built image is made of, leaves that applet out.
package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

func main() {
	if len(os.Args) != 3 || os.Args[1] != "-n" {
		fail("usage: flock -n FD")
	}
	fd, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fail("flock: not a file descriptor: " + os.Args[2])
	}
	switch err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB); err {
	case nil:
	case syscall.EWOULDBLOCK:
		os.Exit(1)
	default:
		fail("flock: " + err.Error())
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(2)
}

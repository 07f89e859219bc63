package template

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
)

// CannotRun says why this machine cannot execute a file, "" when it can. It reads the file's header
// only.
func CannotRun(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return "cannot be opened"
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "is no file"
	}
	header := make([]byte, 20)
	if n, err := io.ReadFull(f, header); err != nil && (n < 2 || string(header[:2]) != "#!") {
		return "is no program"
	}
	system, machine := target(header)
	switch {
	case system == "":
		return "is no program"
	case system != "script" && (system != runtime.GOOS || machine != runtime.GOARCH):
		return fmt.Sprintf("was built for %s/%s, this machine is %s/%s", system, machine, runtime.GOOS, runtime.GOARCH)
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		return "is not executable (chmod +x)"
	}
	return ""
}

// target reads what a program was built for, in Go's words, from the first 20 bytes of an ELF or
// Mach-O file.
func target(header []byte) (system, machine string) {
	little := binary.LittleEndian
	switch {
	case string(header[:2]) == "#!":
		return "script", ""
	case string(header[:4]) == "\x7fELF":
		return "linux", machineName(map[uint32]string{3: "386", 40: "arm", 62: "amd64", 183: "arm64"}, uint32(little.Uint16(header[18:])))
	case little.Uint32(header) == 0xfeedfacf:
		return "darwin", machineName(map[uint32]string{0x01000007: "amd64", 0x0100000c: "arm64"}, little.Uint32(header[4:]))
	case binary.BigEndian.Uint32(header) == 0xcafebabe: // a universal binary has every machine in it
		return "darwin", runtime.GOARCH
	}
	return "", ""
}

func machineName(machines map[uint32]string, code uint32) string {
	if m := machines[code]; m != "" {
		return m
	}
	return fmt.Sprintf("machine %d", code)
}

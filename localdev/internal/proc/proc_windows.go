package proc

import (
	"os/exec"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// attach keeps Ctrl-C, which is localdev's, from the child.
func attach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// groups are the job objects of the children that run, by process ID. Each holds a child with all
// that it starts, and ends them when its last handle is closed: by kill, or by the end of this
// process however it comes.
var groups sync.Map

// hold puts a child into a job object of its own. What it may have started before stays outside.
func hold(cmd *exec.Cmd) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
		},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err != nil {
		_ = windows.CloseHandle(job)
		return err
	}
	const access = windows.PROCESS_SET_QUOTA | windows.PROCESS_TERMINATE
	process, err := windows.OpenProcess(access, false, uint32(cmd.Process.Pid))
	if err != nil {
		_ = windows.CloseHandle(job)
		return err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	if err := windows.AssignProcessToJobObject(job, process); err != nil {
		_ = windows.CloseHandle(job)
		return err
	}
	groups.Store(cmd.Process.Pid, job)
	return nil
}

// freeze does nothing: Windows has no signal that stops a process.
func freeze(*exec.Cmd) {}

func thaw(*exec.Cmd) {}

func kill(cmd *exec.Cmd) {
	if job, found := groups.LoadAndDelete(cmd.Process.Pid); found {
		_ = windows.CloseHandle(job.(windows.Handle))
	}
	_ = cmd.Process.Kill() // fails only when it is gone already
}

// EndWithGoRun does nothing: only Linux tells a process that its parent died.
func EndWithGoRun() error { return nil }

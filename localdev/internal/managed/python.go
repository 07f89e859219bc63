package managed

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

//go:embed python/*.py python/localdev_runtime/*.py
var pythonFiles embed.FS

// inVenv is where a virtual environment has its interpreter.
var inVenv = map[bool]string{false: "bin/python", true: `Scripts\python.exe`}[runtime.GOOS == "windows"]

// oldestPython is the first minor version of Python 3 that the bootstrap runs on.
const oldestPython = 9

var python = language{
	name:   "python",
	source: "index.py",
	layers: func(runtime string) []string {
		return []string{"python/lib/" + runtime + "/site-packages", "python"}
	},
	path: func(env map[string]string, folders, _ string) {
		const list = string(os.PathListSeparator)
		env["PYTHONPATH"] = strings.TrimSuffix(folders+list+env["PYTHONPATH"], list)
	},
	programs: pythons,
	probe:    []string{"-c", "import platform, sys; print(platform.python_version(), sys.executable)"},
	usable: func(version string) error {
		parts := strings.Split(version, ".")
		if minor, err := strconv.Atoi(parts[1]); err != nil || parts[0] != "3" || minor < oldestPython {
			return fmt.Errorf("it is version %s", version)
		}
		return nil
	},
	install: fmt.Sprintf(
		"install Python 3.%d or later so that python3 is on PATH, or as a virtual environment in .venv of the project",
		oldestPython,
	),
	files: pythonFiles,
	args: func(folder string) []string {
		// Lambda's standard output is not buffered, and its locale is one of UTF-8.
		return []string{"-u", "-X", "utf8", filepath.Join(folder, "python", "bootstrap.py")}
	},
}

// pythons are the project's own virtual environment, the one that is active, and what is on PATH:
// Lambda's own version before any other.
func pythons(name string, near []string) (names []string) {
	var places []string
	for _, folder := range near {
		places = append(places, filepath.Join(folder, ".venv"), filepath.Join(folder, "venv"))
	}
	if active := os.Getenv("VIRTUAL_ENV"); active != "" {
		places = append(places, active)
	}
	for _, place := range places {
		if _, err := os.Stat(filepath.Join(place, "pyvenv.cfg")); err == nil {
			names = append(names, filepath.Join(place, inVenv))
		}
	}
	names = append(names, name, "python3", "python")
	if runtime.GOOS == "windows" {
		names = append(names, "py")
	}
	return names
}

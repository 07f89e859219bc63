package emulator

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// maxNamed is how many resources one line names.
const maxNamed = 5

// aboutTemplate is the message of what localdev makes of a template. Not all of it is a lack: some
// of it runs as on AWS, to the surprise of whoever wrote it.
const aboutTemplate = "about the template"

// warn tells what to know of the template: a line for each reason, however many resources share it.
func warn(log *slog.Logger, all []template.Notice) {
	type reason struct{ file, text string }
	var reasons []reason
	notices := map[reason][]template.Notice{}
	for _, n := range all {
		r := reason{n.File, n.Text}
		if notices[r] == nil {
			reasons = append(reasons, r)
		}
		notices[r] = append(notices[r], n)
	}
	for _, r := range reasons {
		about := log
		if r.file != "" {
			about = about.With("file", r.file)
		}
		var names, lines []string
		for _, n := range notices[r] {
			names, lines = append(names, n.LogicalID), append(lines, fmt.Sprint(n.Line))
		}
		if names[0] != "" {
			about = about.With("resource", some(names))
		}
		about.Warn(aboutTemplate, "line", some(lines), "reason", r.text)
	}
}

// some names the first of them.
func some(names []string) string {
	if len(names) <= maxNamed+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}

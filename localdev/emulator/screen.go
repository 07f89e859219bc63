package emulator

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// show writes the screen: what runs how, and where. It comes before anything is built, fetched or
// started, so that nobody waits without knowing for what.
func (e *Emulator) show(programs map[string]program) error {
	if e.opt.Screen == nil {
		for _, id := range slices.Sorted(maps.Keys(programs)) {
			e.log.Info("function runs by what this machine has", "function", id, "program", programs[id].how)
		}
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "localdev runs %s", short(e.stack.Path))
	if e.found.why != "" {
		fmt.Fprint(&b, ", ", e.found.why)
	}
	b.WriteString("\n")
	if e.stack.Region != template.DefaultRegion || e.stack.AccountID != template.DefaultAccount {
		fmt.Fprintf(&b, "as in %s, account %s\n", e.stack.Region, e.stack.AccountID)
	}
	if given := e.found.config.Parameters; len(given) > 0 {
		fmt.Fprintf(&b, "with the parameters of %s\n%s", short(e.found.config.Path), wrapped(slices.Sorted(maps.Keys(given))))
	}
	if len(e.stack.Functions) > 0 {
		b.WriteString("\nFunctions\n")
	}
	table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, f := range e.stack.Functions {
		how, where := e.runs(&f, programs)
		fmt.Fprintf(table, "  %s\t%s", f.LogicalID, how)
		if where != "" {
			fmt.Fprintf(table, "\t%s", short(where))
		}
		fmt.Fprintln(table)
	}
	_ = table.Flush() // to memory
	e.showAPIs(&b)
	if len(e.stack.Tables) > 0 {
		names := make([]string, len(e.stack.Tables))
		for i, t := range e.stack.Tables {
			names[i] = t.LogicalID
		}
		where := "in memory"
		switch {
		case e.opt.DynamoDB != "":
			where = "at " + e.opt.DynamoDB
		case e.opt.Data != "":
			where = "kept in " + e.opt.Data
		}
		fmt.Fprintf(&b, "\nTables, %s\n%s", where, wrapped(names))
	}
	if ignored := e.ignored(); len(ignored) > 0 {
		fmt.Fprintf(&b, "\nNot emulated\n%s", wrapped(ignored))
	}
	fmt.Fprintf(&b, "\nTry it   wscat -c ws://%s%s\nSee it   http://%s%s\n", e.Addr, e.mounts()[0], e.Addr, consolePrefix)
	if e.site.Home() {
		fmt.Fprintf(&b, "Open it  http://%s/\n", e.Addr)
	}
	if _, err := fmt.Fprintln(e.opt.Screen, b.String()); err != nil {
		return fmt.Errorf("say what runs: %w", err)
	}
	return nil
}

// runs says how a function runs, and where its code is.
func (e *Emulator) runs(f *template.Function, programs map[string]program) (how, where string) {
	p, found := programs[f.LogicalID]
	switch {
	case found && e.opt.Exec[f.LogicalID] != "":
		return "-exec " + p.how, p.dir
	case found && f.Zip != "":
		return p.how, f.Zip
	case found && f.Inline != "":
		return p.how, "the template"
	case found:
		return p.how, p.dir
	case f.Package != "":
		return "Go", f.Package
	case e.opt.Lambda != "":
		return "at " + e.opt.Lambda, ""
	}
	why, _, _ := strings.Cut(strings.TrimPrefix(f.Broken, "function "+f.LogicalID+": "), ": ")
	return "does not run: " + why, ""
}

// showAPIs writes where each API is, with its routes: those of one function in one line.
func (e *Emulator) showAPIs(b *strings.Builder) {
	mounts := e.mounts()
	for i, api := range e.stack.APIs {
		fmt.Fprintf(b, "\n%s at ws://%s%s\n", api.LogicalID, e.Addr, mounts[i])
		var targets []string
		routes := map[string][]string{}
		for _, r := range api.Routes {
			to := target(r)
			if routes[to] == nil {
				targets = append(targets, to)
			}
			routes[to] = append(routes[to], r.Key)
		}
		table := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
		for _, to := range targets {
			lines := strings.Split(strings.TrimRight(wrapped(routes[to]), "\n"), "\n")
			for j, line := range lines {
				if j < len(lines)-1 {
					fmt.Fprintln(table, line)
					continue
				}
				fmt.Fprintf(table, "%s\t%s\n", line, to)
			}
		}
		_ = table.Flush() // to memory
	}
}

// target is what a route leads to.
func target(r template.Route) string {
	to := cmp.Or(r.Integration.Function, r.Integration.Type)
	switch {
	case r.Authorizer != nil:
		return to + ", if " + r.Authorizer.Function + " lets it"
	case r.Authorization == "AWS_IAM":
		return to + ", if signed (AWS_IAM)"
	}
	return to
}

// ignored names the types of resources that localdev makes nothing of, with how many there are.
func (e *Emulator) ignored() []string {
	var names []string
	for _, typ := range slices.Sorted(maps.Keys(e.stack.Ignored)) {
		if e.stack.FrontDoor != nil && strings.HasPrefix(typ, "CloudFront::") {
			continue
		}
		name := typ
		if n := e.stack.Ignored[typ]; n > 1 {
			name = fmt.Sprintf("%s (%d)", typ, n)
		}
		names = append(names, name)
	}
	return names
}

// wrapped writes names into indented lines of a terminal's width.
func wrapped(names []string) string {
	const width = 78
	var b strings.Builder
	line := " "
	for i, name := range names {
		if i < len(names)-1 {
			name += ","
		}
		if len(line)+1+len(name) > width && line != " " {
			fmt.Fprintln(&b, line)
			line = " "
		}
		line += " " + name
	}
	fmt.Fprintln(&b, line)
	return b.String()
}

// assetHash is what the CDK names folders by.
var assetHash = regexp.MustCompile(`(asset\.[0-9a-f]{8})[0-9a-f]{56}`)

// short is a path as seen from the working folder, if that is shorter, with no more of a hash than
// tells it from others.
func short(path string) string {
	path = assetHash.ReplaceAllString(path, "$1…")
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

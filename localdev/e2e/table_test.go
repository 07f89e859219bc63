package e2e_test

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

// table is what a benchmark found, in columns. A benchmark's log would end after ten lines.
type table struct {
	text    strings.Builder
	columns *tabwriter.Writer
}

func newTable(head string) *table {
	t := &table{}
	t.columns = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', tabwriter.AlignRight)
	t.row("\n%s", head)
	return t
}

func (t *table) row(format string, args ...any) { fmt.Fprintf(t.columns, format+"\n", args...) }

func (t *table) print() {
	_ = t.columns.Flush()
	fmt.Fprintln(os.Stdout, t.text.String())
}

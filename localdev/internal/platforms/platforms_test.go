//go:build !race

package platforms_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/packages"
)

// What differs here is the system, and nothing of ours goes by its processor: so one of each that
// this is not. They are only type-checked, from the sources, which takes seconds where to compile
// the standard library alone takes a minute for each; and never under the race detector, which
// would make it half a minute.
func TestCompilesForOtherSystems(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	parsed := map[string]*ast.File{} // most files are those of all platforms
	set := token.NewFileSet()
	parse := func(set *token.FileSet, name string, source []byte) (*ast.File, error) {
		mu.Lock()
		file := parsed[name]
		mu.Unlock()
		if file != nil {
			return file, nil
		}
		file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
		mu.Lock()
		defer mu.Unlock()
		parsed[name] = file
		return file, err
	}
	for _, platform := range strings.Fields("windows/amd64 darwin/arm64") {
		goos, arch, _ := strings.Cut(platform, "/")
		list, err := packages.Load(&packages.Config{
			Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps |
				packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesSizes,
			Fset: set, ParseFile: parse, Context: t.Context(),
			Env: append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch),
		}, "github.com/parley-rtc/parley/localdev", "github.com/parley-rtc/parley/localdev/localdevtest")
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 {
			t.Fatalf("%s: %d packages, want localdev and localdevtest", platform, len(list))
		}
		packages.Visit(list, nil, func(p *packages.Package) {
			for _, e := range p.Errors {
				t.Errorf("%s: %v", platform, e)
			}
		})
	}
}

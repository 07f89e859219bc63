package template

import (
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// bases are the folders that Metadata goes by: the template's, and where a tool wrote that
// (cdk.out, .aws-sam/build), the project's own as well.
func bases(dir string) []string {
	list := []string{dir}
	for up, folder := 0, dir; up < maxNested; up++ {
		parent := filepath.Dir(folder)
		switch base := filepath.Base(folder); {
		case base == "cdk.out":
			list = append(list, parent)
		case base == "build" && filepath.Base(parent) == ".aws-sam":
			list = append(list, filepath.Dir(parent))
		}
		folder = parent
	}
	return list
}

// goPackage resolves Metadata: GoPackage.
func (f *function) goPackage(at pos, name, dir string) error {
	bases := bases(dir)
	if folder := importedFolder(name, bases, f.scope.tags); folder != "" {
		bases, name = []string{""}, folder
	}
	for _, base := range bases {
		folder := filepath.FromSlash(name)
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(base, folder)
		}
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			continue
		}
		if !isMain(folder, f.scope.tags) {
			return faultf(at, "GoPackage %s is no Go main package", name)
		}
		f.Package, f.Code, f.Folder = folder, folder, folderName(folder, f.LogicalID)
		return f.oldLambda(at, folder)
	}
	return faultf(at, "no folder %s: GoPackage is a path from the template's folder, "+
		"or the import path of a package that its module needs", name)
}

// importedFolder returns the folder of the package of an import path, as the module around one of
// the folders, or around the working folder, has it; "" if there is none, or the name is no import
// path.
func importedFolder(name string, folders, tags []string) string {
	if host, _, deep := strings.Cut(name, "/"); !deep || !strings.Contains(strings.Trim(host, "."), ".") {
		return ""
	}
	for _, folder := range append(folders, "") {
		cmd := exec.Command("go", "list", "-find", "-tags", strings.Join(tags, ","), "-f", "{{.Dir}}", name)
		cmd.Dir = folder
		if out, err := cmd.Output(); err == nil {
			return strings.TrimSpace(string(out))
		}
	}
	return ""
}

// isMain reports whether folder holds a Go main package for this machine, under those build tags.
func isMain(folder string, tags []string) bool {
	target := build.Default
	target.BuildTags = append(slices.Clone(target.BuildTags), tags...)
	files, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, file := range files {
		name := file.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := target.MatchFile(folder, name); err != nil || !ok {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, name), nil, parser.PackageClauseOnly)
		if parsed != nil && parsed.Name != nil {
			return err == nil && parsed.Name.Name == "main"
		}
	}
	return false
}

const (
	lambdaModule  = "github.com/aws/aws-lambda-go"
	lambdaPackage = lambdaModule + "/lambda"
	// firstLambda is the first version that speaks the Runtime API, and knows the build tag
	// lambda.norpc: those before it speak net/rpc, which only the runtime go1.x did.
	firstLambda = "v1.18.0"
)

// oldLambda finds a package whose aws-lambda-go speaks no Runtime API.
func (f *function) oldLambda(at pos, folder string) error {
	file := moduleFile(folder)
	data, err := os.ReadFile(file)
	if file == "" || err != nil {
		return nil // the build tells
	}
	module, err := modfile.ParseLax(file, data, nil)
	if err != nil {
		return nil
	}
	replaced := slices.ContainsFunc(module.Replace, func(r *modfile.Replace) bool { return r.Old.Path == lambdaModule })
	for _, need := range module.Require {
		old := need.Mod.Path == lambdaModule && semver.Compare(need.Mod.Version, firstLambda) < 0
		if !old || replaced || !imports(folder, lambdaPackage) {
			continue
		}
		return faultf(at, "%s needs aws-lambda-go %s, which does not speak the Runtime API of provided.al2023, "+
			"here or on AWS; from %s on it does: go get %s@latest", file, need.Mod.Version, firstLambda, lambdaModule)
	}
	return nil
}

// moduleFile returns the go.mod around a folder, "" if there is none.
func moduleFile(folder string) string {
	for {
		file := filepath.Join(folder, "go.mod")
		if _, err := os.Stat(file); err == nil {
			return file
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return ""
		}
		folder = parent
	}
}

// imports reports whether a Go file in the folder imports a package.
func imports(folder, path string) bool {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return false
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, i := range parsed.Imports {
			if name, err := strconv.Unquote(i.Path.Value); err == nil && name == path {
				return true
			}
		}
	}
	return false
}

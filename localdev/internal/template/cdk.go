package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// withAPI returns those of an assembly's templates that have a WebSocket API, themselves or in a
// nested stack.
func withAPI(dir string, files []string) ([]string, error) {
	var found []string
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("read the template: %w", err)
		}
		if hasAPI(string(data)) || slices.ContainsFunc(nestedFiles(data), func(name string) bool {
			nested, err := os.ReadFile(filepath.Join(filepath.Dir(f), filepath.FromSlash(name)))
			return err == nil && hasAPI(string(nested))
		}) {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return nil, &Error{Path: dir, Msg: "no template in it has a WebSocket API; it has " + strings.Join(files, ", ")}
	}
	return found, nil
}

func hasAPI(text string) bool {
	return strings.Contains(text, `"WEBSOCKET"`) || strings.Contains(text, "AWS::Serverless::WebSocketApi")
}

// nestedFiles are the templates of the nested stacks in one that CDK wrote.
func nestedFiles(data []byte) []string {
	var template struct {
		Resources map[string]struct {
			Type     string
			Metadata map[string]any
		}
	}
	if json.Unmarshal(data, &template) != nil {
		return nil
	}
	var files []string
	for _, r := range template.Resources {
		if name, ok := r.Metadata["aws:asset:path"].(string); ok && r.Type == typeStack {
			files = append(files, name)
		}
	}
	return files
}

// assembly lists the templates that a cloud assembly's manifest names, those of nested assemblies
// included.
func assembly(dir string, depth int) ([]string, error) {
	file := filepath.Join(dir, "manifest.json")
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read CDK's manifest: %w", err)
	}
	var manifest struct {
		Artifacts map[string]struct {
			Type       string
			Properties struct{ TemplateFile, DirectoryName string }
		}
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		return nil, &Error{Path: file, Msg: "not CDK's manifest: " + err.Error()}
	}
	var files []string
	for _, a := range manifest.Artifacts {
		switch {
		case a.Type == "aws:cloudformation:stack" && a.Properties.TemplateFile != "":
			files = append(files, filepath.Join(dir, filepath.FromSlash(a.Properties.TemplateFile)))
		case a.Type == "cdk:cloud-assembly" && a.Properties.DirectoryName != "" && depth < maxNested:
			nested, err := assembly(filepath.Join(dir, filepath.FromSlash(a.Properties.DirectoryName)), depth+1)
			if err != nil {
				return nil, err
			}
			files = append(files, nested...)
		}
	}
	slices.Sort(files)
	return files, nil
}

// assetOf returns the local path of what CDK would upload under an S3 key: for a template whose
// resources have no Metadata, the asset manifests beside it tell. "" when none does.
func assetOf(dir, key string) string {
	if key == "" || dir == "" {
		return ""
	}
	manifests, err := filepath.Glob(filepath.Join(dir, "*.assets.json"))
	if err != nil {
		return ""
	}
	for _, file := range manifests {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var manifest struct {
			Files map[string]struct {
				Source       struct{ Path string }
				Destinations map[string]struct{ ObjectKey string }
			}
		}
		if json.Unmarshal(data, &manifest) != nil {
			continue
		}
		for _, asset := range manifest.Files {
			for _, d := range asset.Destinations {
				if path.Base(d.ObjectKey) == path.Base(key) && asset.Source.Path != "" {
					return asset.Source.Path
				}
			}
		}
	}
	return ""
}

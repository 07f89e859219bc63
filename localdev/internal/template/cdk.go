package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// locate returns the template files that path means: itself, or those in a cdk.out directory that have a WebSocket API.
func locate(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, nil // reading it tells what is wrong
	}
	files, err := assembly(path, 0)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, &Error{Path: path, Msg: "a folder without CDK's manifest.json: name a template file, or the cdk.out that cdk synth writes"}
	}
	var found []string
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("read the template: %w", err)
		}
		if strings.Contains(string(data), `"WEBSOCKET"`) || strings.Contains(string(data), "AWS::Serverless::WebSocketApi") {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return nil, &Error{Path: path, Msg: "no template in it has a WebSocket API; it has " + strings.Join(files, ", ")}
	}
	return found, nil
}

// assembly lists the templates that a cloud assembly's manifest names, those of nested assemblies included.
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

// assetOf returns the local path of what CDK would upload under an S3 key: for a template whose resources have no
// Metadata, the asset manifests beside it tell. "" when none does.
func assetOf(dir string, key *node) string {
	if !key.scalar() || dir == "" {
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
				if d.ObjectKey == key.text && asset.Source.Path != "" {
					return asset.Source.Path
				}
			}
		}
	}
	return ""
}

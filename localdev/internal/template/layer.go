package template

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/managed"
)

const (
	typeLayer    = "AWS::Lambda::LayerVersion"
	typeSAMLayer = "AWS::Serverless::LayerVersion"
)

// layers finds the folders of a function's layers. One that has none here is a Notice.
func (f *function) layers() {
	r := f.resource
	list, err := r.value("Layers")
	if err != nil {
		f.breaks(err)
		return
	}
	var away []string
	for _, arn := range items(list) {
		folder := f.scope.layerFolder(arn.plainText())
		if folder == "" {
			away = append(away, arn.plainText())
			continue
		}
		f.Layers = append(f.Layers, folder)
	}
	at := r.at
	if list != nil {
		at = list.at
	}
	switch {
	case len(away) > 0:
		r.notice(at, "localdev has only layers whose folder is here, and not "+strings.Join(away, ", "))
	case len(f.Layers) > 0 && !managed.Knows(f.Runtime):
		r.notice(at, "localdev has layers for nodejs and python only; this function runs without")
	}
	if !managed.Knows(f.Runtime) {
		f.Layers = nil
	}
}

// layerFolder returns the folder of a layer of the templates that has this ARN, "" if there is
// none.
func (s *scope) layerFolder(arn string) string {
	for _, r := range s.all(typeLayer, typeSAMLayer) {
		if own, err := r.ref(); err != nil || own != arn {
			continue
		}
		dir := filepath.Dir(r.scope.file)
		source := r.meta.get("aws:asset:path").plainText()
		for _, property := range []string{"ContentUri", "Content"} {
			if content, err := r.value(property); source == "" && err == nil && content != nil {
				source = localCode(dir, content)
			}
		}
		if source == "" || strings.HasPrefix(source, inS3) {
			return ""
		}
		folder := filepath.FromSlash(source)
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(dir, folder)
		}
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder
		}
	}
	return ""
}

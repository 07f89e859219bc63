package recipefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/recipe"
)

// Pack writes the recipes of a folder, which need not be there, into another one, as functions read
// them. Without any, there is no other folder.
func Pack(from, to string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("recipes: %w", err)
	}
	for _, e := range entries {
		if !slices.Contains(recipe.Extensions, filepath.Ext(e.Name())) {
			continue
		}
		source, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		packed, err := pack(source, filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), packed, 0o644); err != nil { //nolint:gosec // Lambda reads it
			return err
		}
	}
	return nil
}

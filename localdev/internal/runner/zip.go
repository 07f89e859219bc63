package runner

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/parley-rtc/parley/localdev/internal/carried"
)

// maxUnpacked is what Lambda takes, in bytes: code and layers together.
const maxUnpacked = 250 << 20

var errTooLarge = fmt.Errorf("it unpacks to more than %d MB, which is more than Lambda takes", maxUnpacked>>20)

// Unpack unpacks an archive below cacheDir, into a folder named by its content, and returns that.
// What was unpacked before is used again. A bootstrap in it can be executed.
func Unpack(archive, cacheDir string) (folder string, err error) {
	defer func() {
		if err != nil {
			folder, err = "", fmt.Errorf("unpack %s: %w", archive, err)
		}
	}()
	sum, err := digest(archive)
	if err != nil {
		return "", err
	}
	parent, err := filepath.Abs(filepath.Join(cacheDir, "zip"))
	if err != nil {
		return "", err
	}
	folder = filepath.Join(parent, sum)
	return folder, carried.Make(folder, func(work string) error {
		if err := extract(archive, work); err != nil {
			return err
		}
		// Archives made on Windows have no modes.
		err := os.Chmod(filepath.Join(work, "bootstrap"), 0o755)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

func digest(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// extract writes an archive's folders and regular files below dir, and refuses everything that could reach out of it.
func extract(archive, dir string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	left := int64(maxUnpacked)
	for _, entry := range z.File {
		if entry.UncompressedSize64 > uint64(left) {
			return errTooLarge
		}
		if !filepath.IsLocal(entry.Name) {
			return fmt.Errorf("its entry %q leads out of the folder", entry.Name)
		}
		switch mode := entry.Mode(); {
		case mode.IsDir():
			if err := root.MkdirAll(entry.Name, 0o755); err != nil {
				return err
			}
		case mode&fs.ModeSymlink != 0:
			if err := link(root, entry); err != nil {
				return err
			}
		case !mode.IsRegular():
			return fmt.Errorf("its entry %q is neither a file nor a folder", entry.Name)
		default:
			n, err := write(root, entry, left)
			if err != nil {
				return err
			}
			left -= n
		}
	}
	return nil
}

// link makes a symbolic link, as npm has some in node_modules/.bin.
func link(root *os.Root, entry *zip.File) error {
	from, err := entry.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	target, err := io.ReadAll(io.LimitReader(from, 4096))
	if err != nil {
		return err
	}
	to := filepath.FromSlash(string(target))
	if filepath.IsAbs(to) || !filepath.IsLocal(filepath.Join(filepath.Dir(entry.Name), to)) {
		return fmt.Errorf("its entry %q is a link that leads out of the folder", entry.Name)
	}
	if err := root.MkdirAll(filepath.Dir(entry.Name), 0o755); err != nil {
		return err
	}
	return root.Symlink(to, entry.Name)
}

func write(root *os.Root, entry *zip.File, most int64) (int64, error) {
	if err := root.MkdirAll(filepath.Dir(entry.Name), 0o755); err != nil {
		return 0, err
	}
	from, err := entry.Open()
	if err != nil {
		return 0, err
	}
	defer from.Close()
	to, err := root.OpenFile(entry.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, entry.Mode().Perm()|0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(to, io.LimitReader(from, most+1))
	if closeErr := to.Close(); err == nil {
		err = closeErr
	}
	if err == nil && n > most {
		err = errTooLarge // whatever it says of its size
	}
	return n, err
}

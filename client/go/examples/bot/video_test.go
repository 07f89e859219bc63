package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// film is an IVF file with frames of two bytes at these times, in units of scale / rate seconds.
func film(rate, scale uint32, times ...uint64) []byte {
	order := binary.LittleEndian
	file := order.AppendUint16([]byte("DKIF\x00\x00"), 32)
	file = append(file, "VP80\xa0\x00\x78\x00"...)
	file = order.AppendUint32(order.AppendUint32(file, rate), scale)
	file = append(file, make([]byte, 8)...)
	for i, at := range times {
		file = order.AppendUint64(order.AppendUint32(file, 2), at)
		file = append(file, 0, byte(i))
	}
	return file
}

func open(t *testing.T, file []byte) (*video, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "clip.ivf")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return openVideo(name)
}

func TestPaceOfAVideo(t *testing.T) {
	for _, one := range []struct {
		file []byte
		want time.Duration
	}{
		{film(30, 1, 0, 1, 2), time.Second / 30},
		{film(30000, 1001, 5, 6, 7), time.Second * 1001 / 30000},
		{film(1000, 1, 0, 30, 80), 40 * time.Millisecond},
	} {
		v, err := open(t, one.file)
		if err != nil {
			t.Fatal(err)
		}
		if off := v.pause - one.want; off.Abs() > time.Microsecond || len(v.frames) != 3 || v.frames[2][1] != 2 {
			t.Errorf("got %v and %v, want %v", v.pause, v.frames, one.want)
		}
	}
}

func TestWhatIsNoVideo(t *testing.T) {
	whole := film(30, 1, 0, 1, 2)
	for what, file := range map[string][]byte{
		"nothing": {}, "a header that is cut off": whole[:31], "a frame that is cut off": whole[:len(whole)-1],
		"one frame": film(30, 1, 0), "no time between": film(30, 1, 3, 3), "backwards": film(30, 1, 3, 1),
		"no rate": film(0, 1, 0, 1), "no scale": film(30, 0, 0, 1), "too fast": film(4e9, 1, 0, 1),
	} {
		if v, err := open(t, file); err == nil {
			t.Errorf("%s: got %v", what, v)
		}
	}
}

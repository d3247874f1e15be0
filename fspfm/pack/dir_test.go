package pack

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// folder makes a folder of small files.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Buffalo L")
	require.NoError(t, os.Mkdir(dir, 0o755))
	for _, name := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644))
	}
	return dir
}

func TestFromDir(t *testing.T) {
	type found map[Role]string // kind and file
	for _, test := range []struct {
		name  string
		files []string
		want  found
	}{
		{"buffalo_l", []string{"1k3d68.onnx", "2d106det.onnx", "det_10g.onnx", "genderage.onnx", "w600k_r50.onnx"},
			found{Detector: "scrfd det_10g.onnx", Recognizer: "arcface w600k_r50.onnx"}},
		{"antelopev2", []string{"scrfd_10g_bnkps.onnx", "glintr100.onnx", "genderage.onnx"},
			found{Detector: "scrfd scrfd_10g_bnkps.onnx", Recognizer: "arcface glintr100.onnx"}},
		{"OpenCV Zoo", []string{"face_detection_yunet_2023mar.onnx", "face_detection_yunet_2023mar_int8bq.onnx", "face_recognition_sface_2021dec_int8bq.onnx"},
			found{Detector: "yunet face_detection_yunet_2023mar.onnx", Recognizer: "sface face_recognition_sface_2021dec_int8bq.onnx"}},
		{"one ArcFace", []string{"My_ArcFace.ONNX", "readme.txt"}, found{Recognizer: "arcface My_ArcFace.ONNX"}},
		{"one HopeNet", []string{"hopenet_robust_alpha1.onnx"}, found{Pose: "hopenet hopenet_robust_alpha1.onnx"}},
		{"RetinaFace", []string{"retinaface_mnet.onnx", "fr_pose.onnx"},
			found{Detector: "retinaface retinaface_mnet.onnx", Pose: "hopenet fr_pose.onnx"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := FromDir(folder(t, test.files...))
			require.NoError(t, err)
			require.Equal(t, "buffalo-l", p.Name())
			got := found{}
			for _, role := range p.Roles() {
				e, err := p.Entry(role)
				require.NoError(t, err)
				require.NotEmpty(t, e.File.License)
				require.True(t, filepath.IsAbs(e.Path))
				data, err := p.Read(role)
				require.NoError(t, err)
				require.Equal(t, e.File.Name, string(data))
				got[role] = fmt.Sprintf("%s %s", e.Kind, e.File.Name)
			}
			require.Equal(t, test.want, got)
		})
	}
}

// TestNamesAgree holds that files of the built-in packs, found in a folder, are taken for
// what their manifests say.
func TestNamesAgree(t *testing.T) {
	for _, name := range []string{"sface", "auraface"} {
		m, err := Lookup(name)
		require.NoError(t, err)
		for _, model := range m.Models {
			for _, file := range model.Files {
				c, ok := recognize(file)
				require.True(t, ok, file)
				require.Equal(t, model.Kind, c.model.Kind)
				require.Equal(t, model.Input.BGR, c.model.Input.BGR)
				require.Equal(t, model.Input.Mean, c.model.Input.Mean)
				require.Equal(t, model.Threshold, c.model.Threshold)
				f, _ := m.file(file)
				require.Equal(t, f.Precision, c.precision)
			}
		}
	}
}

func TestFromDirRefused(t *testing.T) {
	_, err := FromDir(folder(t))
	require.ErrorIs(t, err, ErrDir)
	_, err = FromDir(folder(t, "model.onnx", "w600k_r50.txt"))
	require.ErrorIs(t, err, ErrDir)
	_, err = FromDir(folder(t, "det_10g.onnx", "w600k_r50.onnx", "glintr100.onnx"))
	require.ErrorIs(t, err, ErrDir)
	require.ErrorContains(t, err, "both glintr100.onnx and w600k_r50.onnx")
	_, err = FromDir(filepath.Join(t.TempDir(), "nowhere"))
	require.ErrorIs(t, err, os.ErrNotExist)
	file := filepath.Join(folder(t, "det_10g.onnx"), "det_10g.onnx")
	_, err = FromDir(file)
	require.Error(t, err)
}

func TestFromDirManifest(t *testing.T) {
	const head = `{"name": "mine", "title": "ours", "licence": "proprietary", `
	models := `"models": [{"role": "recognizer", "kind": "arcface", "files": ["big.onnx", "net.onnx"], "threshold": 0.3,
		"input": {"width": 112, "height": 112, "mean": [127.5, 127.5, 127.5], "std": [128, 128, 128]}}]`
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"models only", head + models + `}`, nil},
		{"pinned", head + `"files": [{"name": "net.onnx", "licence": "ours", "bytes": 8, "sha256": "` + sum([]byte("net.onnx")) + `"}], ` + models + `}`, nil},
		{"wrong hash", head + `"files": [{"name": "net.onnx", "licence": "ours", "sha256": "` + sum(nil) + `"}], ` + models + `}`, ErrHash},
		{"extra missing", head + `"files": [{"name": "labels.txt", "licence": "ours"}], ` + models + `}`, os.ErrNotExist},
		{"file missing", head + `"models": [{"role": "pose", "kind": "hopenet", "files": ["x.onnx"], "input": {}}]}`, os.ErrNotExist},
		{"outside", head + `"models": [{"role": "pose", "kind": "hopenet", "files": ["../x.onnx"], "input": {}}]}`, ErrManifest},
		{"no models", head + `"files": []}`, ErrManifest},
		{"not JSON", "name: mine", ErrManifest},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t, "net.onnx", "w600k_r50.onnx")
			require.NoError(t, os.WriteFile(filepath.Join(dir, manifestFile), []byte(test.text), 0o644))
			p, err := FromDir(dir)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "mine", p.Name())
			e, err := p.Entry(Recognizer)
			require.NoError(t, err)
			require.Equal(t, "net.onnx", e.File.Name)
			require.Equal(t, 0.3, e.Threshold)
			require.Equal(t, [3]float32{128, 128, 128}, e.Input.Std)
		})
	}
}

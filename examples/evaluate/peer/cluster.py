"""Groups features with scikit-learn's DBSCAN and HDBSCAN, at many settings.

Reads lines of JSON, {"part": 0 or 1, "feature": base64 of little-endian float32}, from the
file that is named. Writes a line for each setting and each of the sets "all", "0" and "1":
{"method", "setting", "set", "seconds", "groups": [number of each face, -1 for noise]}.
"""
import base64
import json
import sys
import time

import numpy as np
import sklearn
from sklearn.cluster import DBSCAN, HDBSCAN


def settings():
    # min_samples counts the face itself: 2 is single linkage, and whoever has no neighbor is noise.
    for least in (2, 3, 4):
        for eps in np.arange(0.36, 0.701, 0.02):
            yield "DBSCAN", f"eps {eps:.2f}, min_samples {least}", lambda e=eps, m=least: DBSCAN(eps=e, min_samples=m, metric="precomputed")
    for size in (2, 3):
        for least in (1, 2, 3):
            for how in ("eom", "leaf"):
                yield "HDBSCAN", f"min_cluster_size {size}, min_samples {least}, {how}", lambda s=size, m=least, h=how: HDBSCAN(
                    min_cluster_size=s, min_samples=m, cluster_selection_method=h, metric="precomputed", copy=True)


def main():
    print(f"scikit-learn {sklearn.__version__}", file=sys.stderr)
    lines = [json.loads(line) for line in open(sys.argv[1])]
    features = np.stack([np.frombuffer(base64.b64decode(l["feature"]), "<f4") for l in lines])
    parts = np.array([l["part"] for l in lines])
    for name, chosen in (("all", parts >= 0), ("0", parts == 0), ("1", parts == 1)):
        x = features[chosen].astype(np.float64)
        distances = np.clip(1 - x @ x.T, 0, 2)
        np.fill_diagonal(distances, 0)
        for method, setting, make in settings():
            began = time.time()
            groups = make().fit_predict(distances)
            print(json.dumps({"method": method, "setting": setting, "set": name, "seconds": round(time.time() - began, 2), "groups": groups.tolist()}), flush=True)


main()

"""Writes reference.json: what scikit-learn, scipy and numpy say of the same scores and features that the Go tests read.

    pip install numpy==2.2.6 scikit-learn==1.9.1 scipy==1.17.1
    python reference.py

The ten-fold protocol follows the description of InsightFace's verification (squared distances, thresholds from 0 in steps of
0.01, strict comparison, KFold without shuffling, first best threshold, population standard deviation).
"""
import json
import pathlib
import sys

import numpy as np
import scipy
import sklearn
from scipy.optimize import brentq
from sklearn.metrics import auc, roc_auc_score, roc_curve
from sklearn.model_selection import KFold

rng = np.random.default_rng(42)


def curve(n, digits, far_list):
    """Scores of n trials, rounded so that there are ties, and everything that is read off their curve."""
    same = rng.random(n) < 0.4
    scores = np.round(rng.normal(0.2, 0.15, n) + 0.3 * same, digits)
    fpr, tpr, thresholds = roc_curve(same, scores, drop_intermediate=False)
    thin_fpr, thin_tpr, _ = roc_curve(same, scores)
    area = auc(fpr, tpr)
    assert abs(area - roc_auc_score(same, scores)) < 1e-12
    eer = brentq(lambda x: 1.0 - x - np.interp(x, fpr, tpr), 0.0, 1.0, xtol=1e-15)
    flipped_fpr, flipped_tpr = np.flipud(thin_fpr), np.flipud(thin_tpr)
    nearest = [float(flipped_tpr[min(zip(np.abs(flipped_fpr - far), range(len(flipped_fpr))))[1]]) for far in far_list]
    return {
        "scores": scores.tolist(), "same": same.tolist(), "fars": far_list,
        "fpr": fpr.tolist(), "tpr": tpr.tolist(), "thresholds": thresholds[1:].tolist(),
        "thin_fpr": thin_fpr.tolist(), "thin_tpr": thin_tpr.tolist(),
        "auc": float(area), "eer": float(eer), "nearest": nearest,
    }


def ten_fold(pairs, length):
    """Features of pairs, and the outcome of the protocol."""
    same = np.tile(np.repeat([True, False], pairs // 20), 10)
    first = rng.normal(0, 1, (pairs, length))
    second = np.where(same[:, None], first + rng.normal(0, 1.1, first.shape), rng.normal(0, 1, first.shape) + 0.4 * first)
    features = np.stack([first, second], 1).reshape(2 * pairs, length)
    features = np.round(features, 2).astype(np.float32).astype(np.float64)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    dist = np.sum((unit[0::2] - unit[1::2]) ** 2, axis=1)
    thresholds = np.arange(0, 4, 0.01)
    accuracies, best, vals, fars = [], [], [], []
    for train, test in KFold(n_splits=10, shuffle=False).split(np.arange(pairs)):
        acc = [np.mean((dist[train] < t) == same[train]) for t in thresholds]
        t = thresholds[int(np.argmax(acc))]
        best.append(float(t))
        accuracies.append(float(np.mean((dist[test] < t) == same[test])))
        fine = np.arange(0, 4, 0.001)
        far = np.array([np.mean(dist[train][~same[train]] < t) for t in fine])
        t = 0.0
        if far.max() >= 1e-3:
            # Of thresholds with the same FAR the last one stands for them, as numpy's unique on the reversed list.
            rate, index = np.unique(far[::-1], return_index=True)
            t = float(np.interp(1e-3, rate, fine[::-1][index]))
        vals.append(float(np.mean(dist[test][same[test]] < t)))
        fars.append(float(np.mean(dist[test][~same[test]] < t)))
    return {
        "features": [[float(v) for v in row] for row in np.round(features, 2)], "same": same.tolist(),
        "accuracies": accuracies, "thresholds": best, "accuracy": float(np.mean(accuracies)), "std": float(np.std(accuracies)),
        "val": float(np.mean(vals)), "val_std": float(np.std(vals)), "far": float(np.mean(fars)),
    }


out = {
    "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scikit-learn": sklearn.__version__, "scipy": scipy.__version__},
    "curves": [curve(400, 2, [0.001, 0.01, 0.1]), curve(300, 6, [1e-4, 0.01, 0.05]), curve(60, 1, [0.01, 0.2])],
    "ten_fold": ten_fold(400, 8),
    "percentiles": {"values": (values := np.sort(np.round(rng.normal(size=37), 3)).tolist()), "q": [0.025, 0.5, 0.975],
                    "want": np.percentile(values, [2.5, 50, 97.5]).tolist()},
}
path = pathlib.Path(__file__).with_name("reference.json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
print(path.name, path.stat().st_size, "bytes")

"""Makes folders, logs, plots numbers to a file, saves, resumes where it finds a checkpoint: beside itself and by relative paths."""
import csv
import logging
import os
from pathlib import Path

import numpy as np
import torch

os.makedirs("runs/first", exist_ok=True)
logging.basicConfig(filename="runs/train.log", level=logging.INFO)
checkpoint = Path(__file__).with_name("checkpoint.pt")
w = torch.load(checkpoint) if checkpoint.exists() else torch.ones(2)
w.requires_grad_()
with open("runs/first/losses.csv", "w", newline="") as file:
    for epoch in range(2):
        loss = (w * w).sum()
        loss.backward()
        logging.info("epoch %d", epoch)
        csv.writer(file).writerow([epoch, loss.item()])
np.save("runs/first/w.npy", w.detach().numpy())
torch.save(w.detach() + 1, checkpoint)
os.replace("runs/first/w.npy", "runs/w.npy")
print(w.grad, torch.load(checkpoint), np.load("runs/w.npy"), sorted(os.listdir("runs")))

"""Design an input that one hidden unit of a small network likes best."""
import torch
import torch.nn as nn


def smoothness(image):
    return (image[:, 1:] - image[:, :-1]).pow(2).mean() + (image[1:] - image[:-1]).pow(2).mean()


def dream(net, unit, steps=5, lr=0.4):
    image = torch.rand(9, 9) * 0.1
    image.require_grad = True
    for _ in range(steps):
        activation = net(image.flatten())[unit]
        objective = -activation + 2.0 * smoothness(image)
        objective.backward()
        with torch.no_grad():
            image.sub_(lr * image.grad)
            image.clamp_(0, 1)
        image.grad.zero_()
    return image, activation


if __name__ == "__main__":
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(81, 20), nn.Softplus(), nn.Linear(20, 6))
    image, activation = dream(net, unit=4)
    print("best activation", round(activation.item(), 4))
    print("contrast", round((image.max() - image.min()).item(), 4))

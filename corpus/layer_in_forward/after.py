import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, n_hidden, n_classes):
        super().__init__()
        self.n_hidden = n_hidden
        self.n_classes = n_classes
        self.fc1 = nn.Linear(5, n_hidden)
        self.fc2 = nn.Linear(self.n_hidden, self.n_classes)

    def forward(self, x):
        h = torch.relu(self.fc1(x))
        return self.fc2(h)


torch.manual_seed(88)
x = torch.randn(24, 5)
y = torch.randint(0, 3, (24,))

model = Classifier(10, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.2)
criterion = nn.CrossEntropyLoss()
for epoch in range(6):
    loss = criterion(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())

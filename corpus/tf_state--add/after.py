import tensorflow as tf

balance = tf.Variable(10.0)
payment = tf.Variable(2.5)
with tf.GradientTape() as tape:
    new_balance = balance + payment * 3.0
    balance.assign(new_balance)
    interest = new_balance * 0.05
    objective = interest**2
print("payment", tape.gradient(objective, payment))

import tensorflow as tf

balance = tf.Variable(10.0)
payment = tf.Variable(2.5)
with tf.GradientTape() as tape:
    balance.assign_add(payment * 3.0)
    interest = balance * 0.05
    objective = interest**2
print("payment", tape.gradient(objective, payment))

//! What is learned within a network, on the device, and its gradient: matrices beside layers, or layers' own numbers.
//!
//! The numbers live on the host in f32, one after another, as the word does; the device only ever sees a copy, which is the
//! leaf of a graph. The text is a constant here.

use burn::tensor::{Device, Gradients, Tensor, TensorData};

use super::objective::{Batch, Objective, read, read_one};
use super::replay::{Reach, add};
use super::vectors::Vectors;
use base::Result;

/// Most numbers of a gradient that are put together to be read: each read waits for the device, and all of them in one
/// buffer would be larger than devices allow.
const TOGETHER: usize = 4 << 20;

/// Tensors that are part of a network and of a graph, in the order of their numbers.
pub struct Leaves {
    pub(super) tensors: Vec<Tensor<2>>,
    /// Which segments have some, where it is a U-Net.
    pub(super) reach: Reach,
}

/// Hands out tensors of numbers that lie one after another.
pub(super) struct Numbers<'a> {
    rest: &'a [f32],
    device: Device,
    given: Vec<Tensor<2>>,
}

/// Hands out the next so many of some numbers, or what is left of them.
pub(super) fn taking<'v>(mut rest: &'v [f32]) -> impl FnMut(usize) -> &'v [f32] {
    move |count| {
        let (taken, left) = rest.split_at(count.min(rest.len()));
        rest = left;
        taken
    }
}

impl<'a> Numbers<'a> {
    pub fn new(values: &'a [f32], device: &Device) -> Self {
        Self { rest: values, device: device.clone().autodiff(), given: Vec::new() }
    }

    /// The next ones, where a graph begins.
    pub fn next(&mut self, shape: [usize; 2]) -> Tensor<2> {
        let (taken, rest) = self.rest.split_at(shape[0] * shape[1]);
        self.rest = rest;
        let leaf = Tensor::from_data(TensorData::new(taken.to_vec(), shape), &self.device).require_grad();
        self.given.push(leaf.clone());
        leaf
    }

    /// All that were handed out.
    pub fn leaves(self, reach: Reach) -> Leaves {
        Leaves { tensors: self.given, reach }
    }
}

impl Leaves {
    /// The loss of a batch, in which sentences hold the word of these vectors, and its gradient with respect to the
    /// numbers, in their order. The objective's U-Net must be the one that they are part of.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn gradient(
        &self,
        objective: &Objective<'_>,
        word: &Vectors,
        batch: &Batch,
        loss_scale: f64,
    ) -> Result<(f64, Vec<f32>)> {
        let scale = objective.factor(batch, loss_scale);
        let word = word.to_tensor(&objective.conditioner.device());
        let mut found: Vec<Option<Tensor<2>>> = self.tensors.iter().map(|_| None).collect();
        let mut collect = |gradients: &mut Gradients| {
            for (found, leaf) in found.iter_mut().zip(&self.tensors) {
                add(found, leaf.grad_remove(gradients));
            }
        };
        let loss = if objective.low_memory {
            objective.replayed_within(&word, batch, scale, self.reach, &mut collect)?
        } else {
            let loss = objective.forward(&word, batch);
            collect(&mut (loss.clone() * scale).backward());
            loss
        };
        let gradient = self.numbers(found)?.into_iter().map(|g| g / scale).collect();
        Ok((read_one(loss.inner())?, gradient))
    }

    /// The gradient of what was computed with them, in their order, out of all gradients of that.
    ///
    /// # Errors
    /// [`base::Error::Device`] if the device fails.
    pub fn take(&self, gradients: &mut Gradients) -> Result<Vec<f32>> {
        self.numbers(self.tensors.iter().map(|leaf| leaf.grad_remove(gradients)).collect())
    }

    /// The numbers of their gradients, zeros where there is none.
    fn numbers(&self, found: Vec<Option<Tensor<2>>>) -> Result<Vec<f32>> {
        let parts = self.tensors.iter().zip(found).map(|(leaf, gradient)| {
            let count: usize = leaf.dims().iter().product();
            let none = || Tensor::<1>::zeros([count], &leaf.device().inner());
            gradient.map_or_else(none, |gradient| gradient.reshape([count]))
        });
        together(parts, TOGETHER)
    }
}

/// The numbers of tensors one after another. No more than `most` are put together on the device, but for a tensor that has
/// more, and each is let go once it is read.
fn together(parts: impl Iterator<Item = Tensor<1>>, most: usize) -> Result<Vec<f32>> {
    let (mut numbers, mut waiting, mut count) = (Vec::new(), Vec::new(), 0);
    for part in parts {
        let own = part.dims()[0];
        if !waiting.is_empty() && count + own > most {
            numbers.extend(read(Tensor::cat(std::mem::take(&mut waiting), 0))?);
            count = 0;
        }
        waiting.push(part);
        count += own;
    }
    if !waiting.is_empty() {
        numbers.extend(read(Tensor::cat(waiting, 0))?);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_in_pieces_keeps_its_order() {
        let device = Device::flex();
        let parts = || {
            let counts = [2, 1, 5, 1, 1].into_iter().enumerate();
            counts.map(|(part, count)| Tensor::<1>::ones([count], &device) * part as f32)
        };
        let expected = [0.0, 0.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 3.0, 4.0];
        for most in [1, 3, 7, 100] {
            assert_eq!(together(parts(), most).unwrap(), expected, "{most}");
        }
        assert!(together(std::iter::empty(), 3).unwrap().is_empty());
    }
}

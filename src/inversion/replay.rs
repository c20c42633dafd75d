//! Low memory: the gradient through the U-Net with the graph of one segment at a time.
//!
//! A first pass without a graph keeps what each segment was given. Then, from the last segment back to the first that the
//! text reaches, each is run once more with a graph of its own, which is let go before the next. That costs another
//! forward pass and gives the same gradient but for the order in which the shares of the text are added up. It knows
//! neither the loss nor the text encoders.

use base::Result;
use burn::tensor::Tensor;
use model::UNet2dConditionModel;
use model::unet::{Segment, State};

/// Called before each segment with how many are done and how many there are, both ways; ends the pass if it fails.
pub(super) type Tell<'t> = dyn FnMut(usize, usize) -> Result<()> + 't;

/// A pass through the U-Net that can be gone back through.
pub(super) struct Replay<'a> {
    unet: &'a UNet2dConditionModel,
    time: Tensor<2>,
    context: Tensor<3>,
    /// Whether the time depends on the text.
    timed: bool,
    /// The first segment that depends on the text.
    first: usize,
    /// What each segment from the first on was given.
    given: Vec<State>,
}

/// Gradients of what a prediction depends on.
pub(super) struct TextGradient {
    /// Of the text, `[batch, text tokens, cross_attention_dim]`.
    pub context: Option<Tensor<3>>,
    /// Of the embedded time, `[batch, 4 * first width]`, where it depends on the text.
    pub time: Option<Tensor<2>>,
}

impl<'a> Replay<'a> {
    /// Runs the U-Net and gives the prediction; none of the tensors may be part of a graph. `timed` says whether the
    /// gradient of `time` is wanted as well.
    ///
    /// # Errors
    /// Those of `tell`.
    ///
    /// # Shapes
    /// - `sample`, output: `[batch, channels, height, width]`; `time`, `context`: as [`UNet2dConditionModel::run`]
    pub fn forward(
        unet: &'a UNet2dConditionModel,
        sample: Tensor<4>,
        time: Tensor<2>,
        context: Tensor<3>,
        timed: bool,
        tell: &mut Tell<'_>,
    ) -> Result<(Self, Tensor<4>)> {
        let reads = |segment: &Segment| unet.config.reads_text(*segment, timed);
        let first = unet.segments.iter().position(reads).unwrap_or(unet.segments.len());
        let mut given = Vec::new();
        let mut state = State { hidden: sample, residuals: Vec::new() };
        for (index, segment) in unet.segments.iter().enumerate() {
            tell(index, 2 * unet.segments.len() - first)?;
            if index >= first {
                given.push(state.clone());
            }
            state = unet.run(*segment, state, &time, &context);
        }
        Ok((Self { unet, time, context, timed, first, given }, state.hidden))
    }

    /// Goes back from the gradient of the prediction.
    ///
    /// # Errors
    /// Those of `tell`.
    pub fn backward(mut self, mut grad: Tensor<4>, tell: &mut Tell<'_>) -> Result<TextGradient> {
        let all = 2 * self.unet.segments.len() - self.first;
        let mut sum = TextGradient { context: None, time: None };
        // Of the residuals whose users were gone through; those who made them come later and in the opposite order.
        let mut residuals: Vec<Tensor<4>> = Vec::new();
        while let Some(State { hidden, residuals: mut before }) = self.given.pop() {
            let index = self.first + self.given.len();
            tell(all - self.given.len() - 1, all)?;
            let segment = self.unet.segments[index];
            if makes_residual(segment)
                && let Some(share) = residuals.pop()
            {
                grad = grad + share;
            }
            // What comes before the first one does not depend on the text.
            let leads_on = index > self.first;
            let hidden = if leads_on { hidden.autodiff().require_grad() } else { hidden };
            let used = matches!(segment, Segment::UpLayer { .. }).then(|| before.pop()).flatten();
            let used = used.map(|residual| residual.autodiff().require_grad());
            before.extend(used.clone());
            let context = self.context.clone().autodiff().require_grad();
            let time =
                if self.timed { self.time.clone().autodiff().require_grad() } else { self.time.clone() };
            let state = State { hidden: hidden.clone(), residuals: before };
            let State { hidden: out, .. } = self.unet.run(segment, state, &time, &context);
            // The vector-Jacobian product: the derivative of this sum by `out` is `grad`.
            let mut gradients = (out * grad).sum().backward();
            add(&mut sum.context, context.grad_remove(&mut gradients));
            add(&mut sum.time, time.grad_remove(&mut gradients));
            residuals.extend(used.and_then(|residual| residual.grad_remove(&mut gradients)));
            match hidden.grad_remove(&mut gradients) {
                Some(before) => grad = before,
                None => break,
            }
        }
        Ok(sum)
    }
}

/// Whether a segment's result is kept for the way up.
fn makes_residual(segment: Segment) -> bool {
    matches!(segment, Segment::ConvIn | Segment::DownLayer { .. } | Segment::Downsample { .. })
}

fn add<const D: usize>(sum: &mut Option<Tensor<D>>, share: Option<Tensor<D>>) {
    *sum = match (sum.take(), share) {
        (Some(sum), Some(share)) => Some(sum + share),
        (sum, share) => sum.or(share),
    };
}

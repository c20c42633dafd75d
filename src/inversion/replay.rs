//! Low memory: the gradient through the U-Net with the graph of one segment at a time.
//!
//! A first pass without a graph keeps what each segment was given. Then, from the last segment back to the first that the
//! text reaches, each is run once more with a graph of its own, which is let go before the next. That costs another
//! forward pass and gives the same gradient but for the order in which the shares of the text are added up. What is learned
//! within the U-Net is part of the segments' graphs, and its gradient is handed on as they come. It knows neither the loss
//! nor the text encoders.

use base::Result;
use burn::tensor::{Gradients, Tensor};
use model::UNet2dConditionModel;
use model::unet::{Segment, State};

/// Called before each segment with how many are done and how many there are, both ways; ends the pass if it fails.
pub(super) type Tell<'t> = dyn FnMut(usize, usize) -> Result<()> + 't;

/// Is given the gradients of each segment, to take what is learned within it.
pub(super) type Collect<'c> = dyn FnMut(&mut Gradients) + 'c;

/// What gradients are wanted of, and so how far back a pass goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The text, and what stands beside the layers that read it.
    Text,
    /// The text, which the time depends on as well.
    TextAndTime,
    /// All that the network is made of.
    All,
}

/// A pass through the U-Net that can be gone back through.
pub(super) struct Replay<'a> {
    unet: &'a UNet2dConditionModel,
    time: Tensor<2>,
    context: Tensor<3>,
    reach: Reach,
    /// The first segment that what is learned reaches.
    first: usize,
    /// What each segment from the first on was given.
    given: Vec<State>,
}

/// Gradients of what a prediction depends on.
#[derive(Default)]
pub(super) struct TextGradient {
    /// Of the text, `[batch, text tokens, cross_attention_dim]`.
    pub context: Option<Tensor<3>>,
    /// Of the embedded time, `[batch, 4 * first width]`, where it depends on what is learned.
    pub time: Option<Tensor<2>>,
}

impl<'a> Replay<'a> {
    /// Runs the U-Net and gives the prediction; none of the tensors may be part of a graph.
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
        reach: Reach,
        tell: &mut Tell<'_>,
    ) -> Result<(Self, Tensor<4>)> {
        let timed = reach == Reach::TextAndTime;
        let reads = |segment: &Segment| reach == Reach::All || unet.config.reads_text(*segment, timed);
        let first = unet.segments.iter().position(reads).unwrap_or(unet.segments.len());
        let mut given = Vec::new();
        let mut state = State { hidden: sample, residuals: Vec::new() };
        for (index, segment) in unet.segments.iter().enumerate() {
            tell(index, 2 * unet.segments.len() - first)?;
            if index >= first {
                given.push(state.clone());
            }
            state = without_graph(unet.run(*segment, state, &time, &context));
        }
        Ok((Self { unet, time, context, reach, first, given }, state.hidden))
    }

    /// Goes back from the gradient of the prediction.
    ///
    /// # Errors
    /// Those of `tell`.
    pub fn backward(
        mut self,
        mut grad: Tensor<4>,
        tell: &mut Tell<'_>,
        collect: &mut Collect<'_>,
    ) -> Result<TextGradient> {
        let all = 2 * self.unet.segments.len() - self.first;
        let mut sum = TextGradient::default();
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
            // What comes before the first one does not depend on what is learned.
            let leads_on = index > self.first;
            let hidden = if leads_on { hidden.autodiff().require_grad() } else { hidden };
            let used = matches!(segment, Segment::UpLayer { .. }).then(|| before.pop()).flatten();
            let used = used.map(|residual| residual.autodiff().require_grad());
            before.extend(used.clone());
            let context = self.context.clone().autodiff().require_grad();
            let time = match self.reach {
                Reach::Text => self.time.clone(),
                Reach::TextAndTime | Reach::All => self.time.clone().autodiff().require_grad(),
            };
            let state = State { hidden: hidden.clone(), residuals: before };
            let State { hidden: out, .. } = self.unet.run(segment, state, &time, &context);
            // The vector-Jacobian product: the derivative of this sum by `out` is `grad`.
            let mut gradients = (out * grad).sum().backward();
            collect(&mut gradients);
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

/// What a segment gave, out of the graph that it has where something within it is learned.
fn without_graph(State { hidden, mut residuals }: State) -> State {
    if let Some(last) = residuals.pop() {
        residuals.push(last.inner());
    }
    State { hidden: hidden.inner(), residuals }
}

/// Whether a segment's result is kept for the way up.
fn makes_residual(segment: Segment) -> bool {
    matches!(segment, Segment::ConvIn | Segment::DownLayer { .. } | Segment::Downsample { .. })
}

/// Adds a share to a sum.
pub(super) fn add<const D: usize>(sum: &mut Option<Tensor<D>>, share: Option<Tensor<D>>) {
    *sum = match (sum.take(), share) {
        (Some(sum), Some(share)) => Some(sum + share),
        (sum, share) => sum.or(share),
    };
}

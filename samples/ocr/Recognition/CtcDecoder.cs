using System.Numerics.Tensors;
using System.Text;

namespace Ocr.Recognition;

/// <summary>
/// Turns what a recognition model gives for each step along a strip into text: the best class of each step, where class 0 stands for nothing, and a class that
/// goes on over several steps stands for one character (greedy connectionist temporal classification, Graves et al. 2006).
/// </summary>
/// <param name="characters">The characters of classes 1, 2, 3, …; the class after them is a space.</param>
internal sealed class CtcDecoder(IReadOnlyList<string> characters)
{
    private const int Blank = 0;

    /// <summary>
    /// The model learned mostly from Chinese, which has no spaces, so it seldom ranks one first. But where nothing stands between two letters its probability is
    /// below 0.002, and where there is a gap between words it is above 0.01.
    /// </summary>
    private const float SpaceProbability = 0.01f;

    /// <summary>Where the scripts begin that are set without spaces.</summary>
    private const char FirstUnspaced = '\u2E80';

    public int Classes => characters.Count + 2;

    private int Space => characters.Count + 1;

    /// <param name="probabilities">The probability of each class, for one step after the other.</param>
    public RecognizedText Decode(ReadOnlySpan<float> probabilities)
    {
        var text = new StringBuilder();
        var (sum, count, previous, space) = (0f, 0, Blank, 0f);
        for (var rest = probabilities; rest.Length > 0; rest = rest[Classes..])
        {
            var best = TensorPrimitives.IndexOfMax(rest[..Classes]);
            space = Math.Max(space, rest[Space]);
            if (best != Blank && best != Space && best != previous)
            {
                var character = characters[best - 1];
                if (space >= SpaceProbability && text.Length > 0 && text[^1] < FirstUnspaced && character[0] < FirstUnspaced)
                    text.Append(' ');
                text.Append(character);
                sum += rest[best];
                count++;
            }

            if (best != Blank && best != Space)
                space = 0;
            previous = best;
        }

        return new RecognizedText(text.ToString(), count == 0 ? 0 : sum / count);
    }
}

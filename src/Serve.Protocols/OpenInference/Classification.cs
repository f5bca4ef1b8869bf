using System.Globalization;

namespace Serve.OpenInference;

/// <summary>
/// The extension of that name: an output of scores that is asked for with <c>classification=3</c> becomes BYTES with the three best classes of each row, the best first, each as
/// <c>0.82:281:tabby</c>, which is score, index and, where the model has names for its classes, label. The first of two or more dimensions is that of the batch.
/// </summary>
internal static class Classification
{
    public const string Parameter = "classification";

    public static bool IsWanted(InferenceRequest request)
    {
        for (var i = 0; i < request.Outputs.Count; i++)
        {
            if (CountOf(request.Outputs[i]) > 0)
                return true;
        }

        return false;
    }

    public static void Check(int index, RequestedOutput output)
    {
        if (output.Parameters.TryGetValue(Parameter, out var value) && value is not (>= 0L and <= (long)int.MaxValue or <= (ulong)int.MaxValue))
            throw TensorRules.Wrong($"outputs[{index}].parameters.{Parameter} is {value}; it is the number of classes to tell, from 1, or 0 for the scores themselves.");
    }

    /// <summary>Puts classes in place of scores.</summary>
    /// <param name="server">Who knows the labels.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="response">What the model gave. It goes over into the result, or is disposed where this fails.</param>
    /// <param name="cancellationToken">Cancelled when the client has gone.</param>
    public static async ValueTask<InferenceResponse> ApplyAsync(IInferenceServer server, InferenceRequest request, InferenceResponse response, CancellationToken cancellationToken)
    {
        var outputs = response.Outputs.ToArray();
        try
        {
            var model = await server.DescribeAsync(response.Model, response.Version, cancellationToken);
            foreach (var wanted in request.Outputs)
            {
                var index = Array.FindIndex(outputs, output => output.Name == wanted.Name);
                if (CountOf(wanted) is not (> 0 and var classes) || index < 0)
                    continue;
                var scores = outputs[index].Tensor;
                outputs[index] = new InferenceOutput(wanted.Name, Best(wanted.Name, scores, classes, model.Outputs.FirstOrDefault(output => output.Name == wanted.Name)?.Labels ?? []));
                scores.Dispose();
            }
        }
        catch
        {
            foreach (var output in outputs)
                output.Tensor.Dispose();
            throw;
        }

        return new InferenceResponse { Model = response.Model, Version = response.Version, Parameters = response.Parameters, Outputs = outputs };
    }

    /// <summary>The best classes of each row.</summary>
    internal static TensorBuffer Best(string output, TensorBuffer scores, int classes, IReadOnlyList<string> labels)
    {
        if (scores.DataType is TensorDataType.Bool or TensorDataType.Bytes)
            throw TensorRules.Wrong($"The output '{output}' is {TensorDataTypes.NameOf(scores.DataType)}; only numbers can be classified.");
        var hasBatch = scores.Shape.Length > 1;
        var rows = hasBatch ? (int)scores.Shape[0] : 1;
        var perRow = rows == 0 ? 0 : scores.ElementCount / rows;
        var best = Math.Min(classes, perRow);
        var texts = new string[rows * best];
        // However many rows there are, without classes there is nothing to do for them.
        for (var row = 0; row < rows && best > 0; row++)
            FillBest(scores, row * perRow, perRow, labels, texts.AsSpan(row * best, best));
        return hasBatch ? TensorBuffer.CopyTexts(texts, rows, best) : TensorBuffer.CopyTexts(texts, best);
    }

    private static void FillBest(TensorBuffer scores, int first, int count, IReadOnlyList<string> labels, Span<string> texts)
    {
        // The worst of the best is on top, so that each further score is compared with it alone. Of equal scores the first one is better.
        var best = new PriorityQueue<int, Rank>(texts.Length + 1);
        for (var i = 0; i < count; i++)
        {
            var rank = new Rank(ScoreOf(scores, first + i), i);
            if (best.Count < texts.Length)
                best.Enqueue(i, rank);
            else
                best.EnqueueDequeue(i, rank);
        }

        for (var place = texts.Length - 1; place >= 0; place--)
        {
            var index = best.Dequeue();
            var text = string.Create(CultureInfo.InvariantCulture, $"{TextOf(scores, first + index)}:{index}");
            texts[place] = index < labels.Count ? $"{text}:{labels[index]}" : text;
        }
    }

    private static int CountOf(RequestedOutput output) =>
        output.Parameters.Count > 0 && output.Parameters.TryGetValue(Parameter, out var value) ? (int)Convert.ToInt64(value, CultureInfo.InvariantCulture) : 0;

    private static double ScoreOf(TensorBuffer scores, int index) => scores.DataType switch
    {
        TensorDataType.Float32 => scores.AsSpan<float>()[index],
        TensorDataType.Float64 => scores.AsSpan<double>()[index],
        TensorDataType.Float16 => (double)scores.AsSpan<Half>()[index],
        TensorDataType.BFloat16 => BFloat16(scores, index),
        TensorDataType.Int64 => scores.AsSpan<long>()[index],
        TensorDataType.UInt64 => scores.AsSpan<ulong>()[index],
        TensorDataType.Int32 => scores.AsSpan<int>()[index],
        TensorDataType.UInt32 => scores.AsSpan<uint>()[index],
        TensorDataType.Int16 => scores.AsSpan<short>()[index],
        TensorDataType.UInt16 => scores.AsSpan<ushort>()[index],
        TensorDataType.Int8 => scores.AsSpan<sbyte>()[index],
        _ => scores.AsSpan<byte>()[index],
    };

    /// <summary>The shortest text that reads back as the same number of its type.</summary>
    private static string TextOf(TensorBuffer scores, int index) => scores.DataType switch
    {
        TensorDataType.Float32 => scores.AsSpan<float>()[index].ToString(CultureInfo.InvariantCulture),
        TensorDataType.Float16 => scores.AsSpan<Half>()[index].ToString(CultureInfo.InvariantCulture),
        TensorDataType.BFloat16 => BFloat16(scores, index).ToString(CultureInfo.InvariantCulture),
        TensorDataType.Int64 => scores.AsSpan<long>()[index].ToString(CultureInfo.InvariantCulture),
        TensorDataType.UInt64 => scores.AsSpan<ulong>()[index].ToString(CultureInfo.InvariantCulture),
        _ => ScoreOf(scores, index).ToString(CultureInfo.InvariantCulture),
    };

    private static float BFloat16(TensorBuffer scores, int index) => BitConverter.UInt32BitsToSingle((uint)scores.AsSpan<ushort>()[index] << 16);

    /// <summary>What is not a number is worse than any number.</summary>
    private readonly record struct Rank(double Score, int Index) : IComparable<Rank>
    {
        public int CompareTo(Rank other) => Score.CompareTo(other.Score) is not 0 and var order ? order : other.Index.CompareTo(Index);
    }
}

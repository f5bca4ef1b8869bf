using System.Runtime.InteropServices;
using Serve.Tensors;

namespace Serve.Onnx.Engine;

/// <summary>Makes the inputs of warm-ups and runs them.</summary>
internal static class WarmUpRunner
{
    private const int Seed = 1;
    private const int TextLength = 8;

    /// <exception cref="OnnxModelException">The model doesn't take what the warm-up gives, or fails. A model that can't run once must not be taken for ready.</exception>
    public static void Run(OnnxModel model, OnnxWarmUp warmUp, CancellationToken cancellationToken)
    {
        if (warmUp.Inputs.Keys.FirstOrDefault(name => !model.Inputs.Any(input => input.Name == name)) is { } unknown)
            throw Failed(model, warmUp, $"it has no input '{unknown}'; its inputs are {string.Join(", ", model.Inputs.Select(input => $"'{input.Name}'"))}");
        var buffers = new List<TensorBuffer>(model.Inputs.Count);
        try
        {
            foreach (var input in model.Inputs)
                buffers.Add(Make(model, warmUp, input, warmUp.Inputs.GetValueOrDefault(input.Name) ?? new OnnxSample()));
            var values = model.Inputs.Select((input, index) => OnnxValue.Create(input.Name, buffers[index])).ToArray();
            for (var i = 0; i < warmUp.Count; i++)
                RunOnce(model, warmUp, values, cancellationToken);
        }
        finally
        {
            foreach (var buffer in buffers)
                buffer.Dispose();
        }
    }

    private static void RunOnce(OnnxModel model, OnnxWarmUp warmUp, OnnxValue[] inputs, CancellationToken cancellationToken)
    {
        try
        {
            model.RunInPlace(inputs, cancellationToken: cancellationToken).Dispose();
        }
        catch (OnnxInputException exception)
        {
            throw Failed(model, warmUp, exception.Message, exception);
        }
        catch (OnnxModelException exception)
        {
            throw Failed(model, warmUp, $"{exception.Message} Where a dimension that each call chooses can't be 1, the warm-up has to give the input's shape.", exception);
        }
    }

    private static OnnxModelException Failed(OnnxModel model, OnnxWarmUp warmUp, string why, Exception? cause = null) =>
        new($"The model '{model.Path}' failed its {warmUp.Name}: {why}", cause);

    private static TensorBuffer Make(OnnxModel model, OnnxWarmUp warmUp, OnnxTensorInfo input, OnnxSample sample)
    {
        var shape = sample.Shape?.ToArray() ?? Array.ConvertAll(input.Shape.ToArray(), dimension => dimension < 0 ? 1L : dimension);
        if (!TensorSize.TryCount(shape, out var count))
            throw Failed(model, warmUp, $"input '{input.Name}' can't have the shape {TensorSize.Describe(shape)}");
        if (sample.Kind == OnnxSampleKind.Data)
            return OfData(model, warmUp, input, sample.Data.Span, shape);
        var random = new Random(Seed);
        if (input.DataType == TensorDataType.Bytes)
            return TensorBuffer.CopyTexts([.. Enumerable.Range(0, count).Select(_ => sample.Kind == OnnxSampleKind.Random ? TextOf(random) : "")], shape);
        var buffer = TensorBuffer.Rent(input.DataType, shape);
        buffer.Bytes.Clear();
        if (sample.Kind == OnnxSampleKind.Random)
            Fill(buffer, random);
        return buffer;
    }

    private static TensorBuffer OfData(OnnxModel model, OnnxWarmUp warmUp, OnnxTensorInfo input, ReadOnlySpan<byte> data, long[] shape)
    {
        var isText = input.DataType == TensorDataType.Bytes;
        if (!isText && (!TensorSize.TryBytes(input.DataType, shape, out var length) || length != data.Length))
            throw Failed(model, warmUp, $"input '{input.Name}' was given {data.Length} bytes, which are no {TensorDataTypes.NameOf(input.DataType)} {TensorSize.Describe(shape)}");
        var buffer = isText ? TensorBuffer.RentBytes(data.Length, shape) : TensorBuffer.Rent(input.DataType, shape);
        data.CopyTo(buffer.Bytes);
        return buffer;
    }

    private static string TextOf(Random random) => string.Create(TextLength, random, static (text, random) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = (char)random.Next('a', 'z' + 1);
    });

    private static void Fill(TensorBuffer buffer, Random random)
    {
        var size = TensorDataTypes.SizeOf(buffer.DataType);
        for (var i = 0; i < buffer.ElementCount; i++)
        {
            var element = buffer.Bytes.Slice(i * size, size);
            switch (buffer.DataType)
            {
                case TensorDataType.Float32:
                    MemoryMarshal.Write(element, random.NextSingle());
                    break;
                case TensorDataType.Float64:
                    MemoryMarshal.Write(element, random.NextDouble());
                    break;
                case TensorDataType.Float16:
                    MemoryMarshal.Write(element, (Half)random.NextSingle());
                    break;
                case TensorDataType.BFloat16:
                    // The upper half of a single.
                    MemoryMarshal.Write(element, (ushort)(BitConverter.SingleToUInt32Bits(random.NextSingle()) >> 16));
                    break;
                default:
                    element[0] = (byte)random.Next(2);
                    break;
            }
        }
    }
}

using System.Buffers.Binary;
using Serve.Tensors;

namespace Serve.OpenInference.Rest;

/// <summary>A request whose whole body is the one input of the model, without any JSON. Its shape follows from the model's; all outputs are sent as bytes.</summary>
internal static class RawRequest
{
    public static async Task<InferCall> ReadAsync(RestCall rest, RestBody body, string model, string? version)
    {
        var description = await rest.Server.DescribeAsync(model, version, rest.Aborted);
        if (description.Inputs is not [var input])
            throw TensorRules.Wrong($"{RestHeaders.InferenceHeaderLength} is 0, which makes the whole body one input, but the model '{model}' has {description.Inputs.Count}.");
        var tensor = await ReadAsync(body, input);
        var call = new InferCall { IsBinary = true };
        call.Inputs.Add(new InferenceInput(input.Name, tensor));
        return call;
    }

    private static async ValueTask<TensorBuffer> ReadAsync(RestBody body, TensorDescription input)
    {
        if (body.Length is not { } length)
        {
            // Chunked or compressed: where it ends is seen at its end.
            var bytes = await body.ReadTextAsync(length: null);
            var copy = Rent(input, bytes.Length, out var place);
            bytes.CopyTo(copy.Memory[place..]);
            return copy;
        }

        var tensor = Rent(input, (int)length, out var start);
        try
        {
            await body.ReadDataAsync(tensor.Memory[start..], input: 0);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static TensorBuffer Rent(TensorDescription input, int length, out int start)
    {
        start = 0;
        var size = TensorDataTypes.SizeOf(input.DataType);
        if (input.DataType == TensorDataType.Bytes)
        {
            // The body is the one text, whose length is not said before it.
            start = BytesElements.LengthSize;
            var text = TensorBuffer.RentBytes(BytesElements.LengthSize + length, ImpliedShape.Of(input, elements: 1));
            BinaryPrimitives.WriteUInt32LittleEndian(text.Bytes, (uint)length);
            return text;
        }

        return length % size == 0
            ? TensorBuffer.Rent(input.DataType, ImpliedShape.Of(input, length / size))
            : throw TensorRules.Wrong($"The body has {length} bytes, which are no whole elements of the input '{input.Name}': {TensorDataTypes.NameOf(input.DataType)} has {size} each.");
    }
}

using System.IO.Pipelines;
using System.Text;
using Serve.OpenInference.Grpc.Reading;
using Serve.OpenInference.Grpc.Wire;
using Serve.OpenInference.Grpc.Writing;

namespace Serve.OpenInference.Grpc;

/// <summary>Writes <c>ModelInferResponse</c>s straight from tensors. All lengths are computed before, so that nothing is written twice.</summary>
internal static class InferResponseWriter
{
    /// <exception cref="ServeException">It is more than a message can have.</exception>
    public static int SizeOf(InferAnswer answer)
    {
        var outputs = answer.Response.Outputs;
        var sizes = new OutputSizes[outputs.Count];
        long size = SizeOfHead(answer);
        for (var i = 0; i < sizes.Length; i++)
        {
            sizes[i] = SizeOfOutput(outputs[i], answer.Raw, out var bytes);
            size += bytes;
        }

        if (size > int.MaxValue - WireField.MaxHeaderSize)
            throw new ServeException(ServeError.TooLarge, $"The outputs of model '{answer.Response.Model}' have {size} bytes; a message has at most {int.MaxValue}. Ask for fewer outputs or rows.");
        answer.Sizes = sizes;
        return (int)size;
    }

    /// <summary>Writes it; <see cref="SizeOf"/> was asked before.</summary>
    public static async ValueTask WriteAsync(PipeWriter output, InferAnswer answer, CancellationToken cancellationToken)
    {
        WriteHead(output, answer);
        var outputs = answer.Response.Outputs;
        for (var i = 0; i < outputs.Count; i++)
        {
            WriteOutput(output, outputs[i], answer.Sizes![i]);
            if (answer.Sizes[i].Elements > 0)
                await ElementWriter.WriteTypedAsync(output, outputs[i].Tensor, answer.Sizes[i].Elements, cancellationToken);
        }

        for (var i = 0; answer.Raw && i < outputs.Count; i++)
        {
            WriteRawHeader(output, outputs[i].Tensor.ByteLength);
            await ElementWriter.WriteRawAsync(output, outputs[i].Tensor, cancellationToken);
        }
    }

    private static int SizeOfHead(InferAnswer answer) =>
        WireWriter.SizeOfText(answer.Response.Model) + WireWriter.SizeOfText(answer.Response.Version) + WireWriter.SizeOfText(answer.Id) + ParameterWriter.SizeOf(answer.Response.Parameters);

    private static OutputSizes SizeOfOutput(InferenceOutput output, bool raw, out long size)
    {
        var shape = 0;
        foreach (var dimension in output.Tensor.Shape)
            shape += Varint.SizeOf((ulong)dimension);
        var elements = raw ? 0 : ElementWriter.SizeOf(output.Tensor);
        var message = WireWriter.SizeOfText(output.Name) + WireWriter.SizeOfText(TensorDataTypes.NameOf(output.Tensor.DataType)) + (shape == 0 ? 0 : WireWriter.SizeOfBytes(shape));
        var contents = SizeOfContents(output.Tensor.DataType, elements);
        var all = message + (elements == 0 ? 0 : 1 + Varint.SizeOf((ulong)contents) + contents);
        size = 1 + Varint.SizeOf((ulong)all) + all + (raw ? 1 + Varint.SizeOf((ulong)output.Tensor.ByteLength) + (long)output.Tensor.ByteLength : 0);
        return new OutputSizes(shape, (int)Math.Min(elements, int.MaxValue), (int)Math.Min(all, int.MaxValue));
    }

    /// <summary>The bytes of an <c>InferTensorContents</c>: one packed field, or for BYTES the fields themselves.</summary>
    private static long SizeOfContents(TensorDataType type, long elements) => type == TensorDataType.Bytes ? elements : 1 + Varint.SizeOf((ulong)elements) + elements;

    private static void WriteHead(PipeWriter output, InferAnswer answer)
    {
        var writer = new WireWriter(output.GetSpan(SizeOfHead(answer)));
        writer.Text(1, answer.Response.Model);
        writer.Text(2, answer.Response.Version);
        writer.Text(3, answer.Id);
        ParameterWriter.Write(ref writer, answer.Response.Parameters);
        output.Advance(writer.Written);
    }

    private static void WriteOutput(PipeWriter output, InferenceOutput tensor, OutputSizes sizes)
    {
        // Number and length of the output, its name, type and shape, and number and length of the contents and of the field in them.
        var room = Encoding.UTF8.GetMaxByteCount(tensor.Name.Length) + sizes.Shape + (6 * WireField.MaxHeaderSize);
        var writer = new WireWriter(output.GetSpan(room));
        writer.Bytes(5, sizes.Output);
        writer.Text(1, tensor.Name);
        writer.Text(2, TensorDataTypes.NameOf(tensor.Tensor.DataType));
        if (sizes.Shape > 0)
        {
            writer.Bytes(3, sizes.Shape);
            foreach (var dimension in tensor.Tensor.Shape)
                writer.Number((ulong)dimension);
        }

        if (sizes.Elements > 0)
        {
            var type = tensor.Tensor.DataType;
            writer.Bytes(5, (int)SizeOfContents(type, sizes.Elements));
            if (type != TensorDataType.Bytes)
                writer.Bytes((int)ContentsFields.Of(type), sizes.Elements);
        }

        output.Advance(writer.Written);
    }

    private static void WriteRawHeader(PipeWriter output, int length)
    {
        var writer = new WireWriter(output.GetSpan(WireField.MaxHeaderSize));
        writer.Bytes(6, length);
        output.Advance(writer.Written);
    }
}

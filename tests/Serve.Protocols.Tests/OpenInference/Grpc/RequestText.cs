using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Google.Protobuf.Collections;
using Serve.OpenInference.Grpc;
using Serve.OpenInference.Grpc.Messages;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>What a request says, as a text: once as Google.Protobuf has read it, once as our reader has.</summary>
internal static class RequestText
{
    public static string Of(InferCall call)
    {
        var request = call.Request;
        var text = new StringBuilder($"{request.Model}/{request.Version}/{request.Id} {Parameters(request.Parameters)} raw={call.Raw}\n");
        foreach (var input in request.Inputs)
            text.AppendLine($"in {input.Name} {input.Tensor} {Parameters(input.Parameters)} {Convert.ToHexString(input.Tensor.Bytes)}");
        foreach (var output in request.Outputs)
            text.AppendLine($"out {output.Name} {Parameters(output.Parameters)}");
        return text.ToString();
    }

    public static string Of(ModelInferRequest request)
    {
        var text = new StringBuilder($"{request.ModelName}/{request.ModelVersion}/{request.Id} {Parameters(request.Parameters)} raw={request.RawInputContents.Count > 0}\n");
        foreach (var (index, input) in request.Inputs.Index())
        {
            var bytes = request.RawInputContents.Count > 0 ? request.RawInputContents[index].ToByteArray() : Raw(input.Datatype, input.Contents ?? new InferTensorContents());
            text.AppendLine($"in {input.Name} {input.Datatype} [{string.Join(", ", input.Shape)}] {Parameters(input.Parameters)} {Convert.ToHexString(bytes)}");
        }

        foreach (var output in request.Outputs)
            text.AppendLine($"out {output.Name} {Parameters(output.Parameters)}");
        return text.ToString();
    }

    /// <summary>Elements of a message in the form that they have in memory.</summary>
    public static byte[] Raw(string dataType, InferTensorContents contents) => dataType switch
    {
        "BOOL" => [.. contents.BoolContents.Select(value => value ? (byte)1 : (byte)0)],
        "INT8" => [.. contents.IntContents.Select(value => (byte)checked((sbyte)value))],
        "INT16" => [.. contents.IntContents.SelectMany(value => BitConverter.GetBytes(checked((short)value)))],
        "INT32" => [.. contents.IntContents.SelectMany(BitConverter.GetBytes)],
        "INT64" => [.. contents.Int64Contents.SelectMany(BitConverter.GetBytes)],
        "UINT8" => [.. contents.UintContents.Select(value => checked((byte)value))],
        "UINT16" => [.. contents.UintContents.SelectMany(value => BitConverter.GetBytes(checked((ushort)value)))],
        "UINT32" => [.. contents.UintContents.SelectMany(BitConverter.GetBytes)],
        "UINT64" => [.. contents.Uint64Contents.SelectMany(BitConverter.GetBytes)],
        "FP32" => [.. contents.Fp32Contents.SelectMany(BitConverter.GetBytes)],
        "FP64" => [.. contents.Fp64Contents.SelectMany(BitConverter.GetBytes)],
        _ => [.. contents.BytesContents.SelectMany(value => Prefixed(value.ToByteArray()))],
    };

    public static byte[] Prefixed(byte[] element)
    {
        var prefixed = new byte[4 + element.Length];
        BinaryPrimitives.WriteInt32LittleEndian(prefixed, element.Length);
        element.CopyTo(prefixed, 4);
        return prefixed;
    }

    public static string Parameters(MapField<string, InferParameter> parameters) => Parameters(parameters.ToDictionary(entry => entry.Key, entry => ValueOf(entry.Value)));

    public static string Parameters(IReadOnlyDictionary<string, object> parameters) =>
        string.Join(',', parameters.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key}={entry.Value.GetType().Name}:{entry.Value}")));

    private static object ValueOf(InferParameter parameter) => parameter.ParameterChoiceCase switch
    {
        InferParameter.ParameterChoiceOneofCase.BoolParam => parameter.BoolParam,
        InferParameter.ParameterChoiceOneofCase.Int64Param => parameter.Int64Param,
        InferParameter.ParameterChoiceOneofCase.StringParam => parameter.StringParam,
        InferParameter.ParameterChoiceOneofCase.DoubleParam => parameter.DoubleParam,
        InferParameter.ParameterChoiceOneofCase.Uint64Param => parameter.Uint64Param,
        _ => "nothing",
    };
}

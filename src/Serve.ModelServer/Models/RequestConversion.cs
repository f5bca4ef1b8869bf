using System.Globalization;
using Serve.OpenInference;

namespace Serve.ModelServer.Models;

/// <summary>Between what the protocol knows of a request and what a model does.</summary>
internal static class RequestConversion
{
    private const string Priority = "priority";
    private const string Timeout = "timeout";

    /// <summary>A day, in microseconds.</summary>
    private const long LongestTimeout = 86_400_000_000;

    /// <exception cref="ServeException">A parameter can't be used.</exception>
    public static ModelRequest ToModel(InferenceRequest request)
    {
        var inputs = new KeyValuePair<string, TensorBuffer>[request.Inputs.Count];
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = new(request.Inputs[i].Name, request.Inputs[i].Tensor);
        var wanted = request.Outputs.Count == 0 ? [] : new string[request.Outputs.Count];
        for (var i = 0; i < wanted.Length; i++)
            wanted[i] = request.Outputs[i].Name;
        return new ModelRequest
        {
            Version = request.Version,
            Inputs = inputs,
            Outputs = wanted,
            Priority = NumberOf(request, Priority, most: int.MaxValue),
            TimeoutMicroseconds = NumberOf(request, Timeout, LongestTimeout),
        };
    }

    public static InferenceResponse ToClient(InferenceRequest request, ModelAnswer answer)
    {
        var outputs = new InferenceOutput[answer.Outputs.Count];
        for (var i = 0; i < outputs.Length; i++)
            outputs[i] = new InferenceOutput(answer.Outputs[i].Key, answer.Outputs[i].Value);
        return new InferenceResponse { Model = request.Model, Version = answer.Version, Outputs = outputs };
    }

    /// <summary>Clients send what is a whole number in JSON or protobuf; some send it as a text.</summary>
    private static long NumberOf(InferenceRequest request, string name, long most)
    {
        if (request.Parameters.Count == 0 || !request.Parameters.TryGetValue(name, out var value))
            return 0;
        long? number = value switch
        {
            long whole => whole,
            ulong whole when whole <= long.MaxValue => (long)whole,
            string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) => whole,
            _ => null,
        };
        return number is { } known && known >= 0 && known <= most
            ? known
            : throw new ServeException(ServeError.BadRequest, string.Create(CultureInfo.InvariantCulture, $"parameters.{name} is {value}; it must be a whole number from 0 to {most}."));
    }
}

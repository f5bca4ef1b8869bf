using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization;
using Serve.Wire.Payloads;

namespace Serve.Wire;

/// <summary>How a failed call looks on the wire.</summary>
/// <param name="Error">The kind of failure.</param>
/// <param name="Message">The message.</param>
/// <param name="Deployment">Where the user's code threw, else null.</param>
/// <param name="ExceptionType">The type that the user's code threw, else null.</param>
/// <param name="StackTrace">Its stack, for the log of the caller, never for a client.</param>
internal sealed record CallFailure(ServeError Error, string Message, string? Deployment = null, string? ExceptionType = null, string? StackTrace = null)
{
    /// <summary>The most bytes of one on the wire.</summary>
    public const int MaxLength = 256 * 1024;

    private const int MaxText = 16 * 1024;

    private const int MaxTypeName = 1024;

    public static CallFailure Of(Exception exception, string deployment) => exception switch
    {
        RemoteException remote => new(ServeError.UserCode, Cut(remote.RemoteMessage), remote.Deployment, Cut(remote.ExceptionType, MaxTypeName), remote.RemoteStackTrace is { } stack ? Cut(stack) : null),
        ServeException serve => new(serve.Error, Cut(serve.Message)),
        _ => new(ServeError.UserCode, Cut(exception.Message), deployment, Cut(exception.GetType().FullName!, MaxTypeName), Cut(exception.ToString())),
    };

    /// <param name="cause">The exception itself, where it was thrown in this process.</param>
    public ServeException ToException(Exception? cause = null) => Error == ServeError.UserCode
        ? new RemoteException(Deployment ?? "", ExceptionType ?? "", Message, StackTrace, cause)
        : ServeException.Create(Error, Message, cause);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, CallFailureJson.Default.CallFailure);

    public static CallFailure FromJson(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, CallFailureJson.Default.CallFailure) ?? throw new InvalidDataException("A call's failure is null.");

    /// <summary>Reads one that stands behind its length (u32).</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static async ValueTask<CallFailure> ReadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        var prefix = new byte[4];
        await input.FillAsync(prefix, cancellationToken);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        if (length > MaxLength)
            throw new InvalidDataException($"A failure of {length} bytes is over the bound of {MaxLength}.");
        var json = new byte[length];
        await input.FillAsync(json, cancellationToken);
        return FromJson(json);
    }

    private static string Cut(string text, int most = MaxText) => text.Length <= most ? text : text[..most] + "…";
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(CallFailure))]
internal sealed partial class CallFailureJson : JsonSerializerContext;

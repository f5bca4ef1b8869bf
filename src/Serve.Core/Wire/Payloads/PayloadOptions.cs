using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serve.Wire.Payloads;

internal static class PayloadOptions
{
    /// <summary>The most bytes of JSON in one payload. Arrays of numbers don't count: they travel beside it.</summary>
    public const int MaxJsonLength = 64 * 1024 * 1024;

    /// <summary>The most bytes in one buffer: memory of .NET holds no more.</summary>
    public const int MaxBufferLength = 0x7FFFFFC7;

    /// <summary>The most bytes in one payload, buffers included.</summary>
    public const long MaxLength = 4L * 1024 * 1024 * 1024;

    /// <summary>Fields are included so that tuples keep their values; NaN and infinities are written by name.</summary>
    public static readonly JsonSerializerOptions Json = CreateJson();

    public static readonly JsonWriterOptions Writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void CheckJsonLength(long length)
    {
        if (length > MaxJsonLength)
            throw new ServeException(ServeError.TooLarge, $"A call's JSON is {length} bytes or more, over the bound of {MaxJsonLength}; pass large data as arrays of numbers or bytes.");
    }

    private static JsonSerializerOptions CreateJson()
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Payloads carry numbers as the machine keeps them; big-endian machines are not supported.");
        var options = new JsonSerializerOptions
        {
            IncludeFields = true,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new RawBufferConverterFactory() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

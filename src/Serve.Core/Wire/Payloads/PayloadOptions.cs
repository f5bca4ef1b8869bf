using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serve.Wire.Payloads;

internal static class PayloadOptions
{
    /// <summary>The most bytes of JSON in one payload. Arrays of numbers don't count: they travel beside it.</summary>
    public const int MaxJsonLength = 64 * 1024 * 1024;

    /// <summary>The most bytes in one payload, buffers included.</summary>
    public const long MaxLength = 4L * 1024 * 1024 * 1024;

    /// <summary>Fields are included so that tuples keep their values; NaN and infinities are written by name.</summary>
    public static readonly JsonSerializerOptions Json = CreateJson();

    public static readonly JsonWriterOptions Writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static JsonSerializerOptions CreateJson()
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Payloads carry numbers as the machine keeps them; big-endian machines are not supported.");
        return new JsonSerializerOptions
        {
            IncludeFields = true,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new RawBufferConverterFactory() },
        };
    }
}

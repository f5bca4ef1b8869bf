using System.Security.Cryptography;

namespace Serve.Onnx.Repository;

/// <summary>Compares files with what they must hash to.</summary>
internal static class FileHash
{
    /// <param name="path">The file.</param>
    /// <param name="algorithm">MD5, which only finds accidents, or SHA256.</param>
    /// <param name="expected">Hexadecimal digits.</param>
    /// <exception cref="OnnxModelException">The file is missing or another one.</exception>
    public static void Check(string path, string algorithm, string expected)
    {
        if (!File.Exists(path))
            throw new OnnxModelException($"The file '{path}', which has a checksum, doesn't exist.");
        using var file = File.OpenRead(path);
#pragma warning disable CA5351 // Repositories made for Triton have MD5; who wants more writes SHA256.
        var actual = Convert.ToHexStringLower(algorithm == "MD5" ? MD5.HashData(file) : SHA256.HashData(file));
#pragma warning restore CA5351
        if (!string.Equals(actual, expected, StringComparison.OrdinalIgnoreCase))
            throw new OnnxModelException($"The file '{path}' has the {algorithm} {actual}, not {expected}: it is damaged, or not the one that was meant.");
    }
}

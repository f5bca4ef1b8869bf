using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Serve.Wire.Hop.Heads;

namespace Serve.Replica.Server;

/// <summary>The headers of an answer, or its trailers: refuses what could split the answer, and can be closed.</summary>
internal sealed class ResponseHeaders : HeaderTable
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly SearchValues<char> ValueCharacters =
        SearchValues.Create(['\t', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(character => (char)character)]);

    public void Close() => IsReadOnly = true;

    /// <summary>Writes them as the end of a head. What concerns one connection only does not travel, unless the connection is to become something else.</summary>
    public void Write(HeadWriter writer, bool isUpgrade)
    {
        for (var i = 0; i < Count; i++)
        {
            var name = NameAt(i);
            if (!isUpgrade && IsOfConnection(name))
                continue;
            foreach (var value in ValueAt(i))
            {
                if (value is not null)
                    writer.WriteHeader(name, value);
            }
        }
    }

    protected override void Check(string name, StringValues value)
    {
        if (name.AsSpan().ContainsAnyExcept(NameCharacters))
            throw new InvalidOperationException($"'{name}' can't be the name of a header.");
        foreach (var text in value)
        {
            if (text is not null && text.AsSpan().IndexOfAnyExcept(ValueCharacters) is >= 0 and var index)
                throw new InvalidOperationException($"The value of the header {name} has the character 0x{(int)text[index]:X4}, which is none of a header.");
        }

        if (name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase) && !long.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw new InvalidOperationException($"The header Content-Length is '{value}', which is not a length.");
    }

    private static bool IsOfConnection(string name) => name.Length switch
    {
        7 => name.Equals(HeaderNames.Upgrade, StringComparison.OrdinalIgnoreCase),
        10 => name.Equals(HeaderNames.Connection, StringComparison.OrdinalIgnoreCase) || name.Equals(HeaderNames.KeepAlive, StringComparison.OrdinalIgnoreCase),
        16 => name.Equals(HeaderNames.ProxyConnection, StringComparison.OrdinalIgnoreCase),
        17 => name.Equals(HeaderNames.TransferEncoding, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Serve.Specs;

namespace Serve.Server.Proxy;

/// <summary>What stands in the files of a certificate and its key at one moment; nothing where they can't be read.</summary>
internal readonly record struct TlsFiles(string? Certificate, string? Key)
{
    /// <exception cref="InvalidOperationException">They can't be read; the message names them.</exception>
    public static TlsFiles Read(HttpOptions options)
    {
        try
        {
            return new TlsFiles(File.ReadAllText(options.SslCertFile!), File.ReadAllText(options.SslKeyFile!));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Wrong(options, exception.Message, exception);
        }
    }

    /// <exception cref="InvalidOperationException">They don't belong together; the message names them.</exception>
    public SslServerAuthenticationOptions Load(HttpOptions options)
    {
        try
        {
            var certificate = options.SslKeyFilePassword is { } password
                ? X509Certificate2.CreateFromEncryptedPem(Certificate, Key, password)
                : X509Certificate2.CreateFromPem(Certificate, Key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(Certificate);
            return new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(Usable(certificate), chain, offline: true) };
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw Wrong(options, $"{exception.Message} Both must be PEM files that belong together; an encrypted key needs ssl_keyfile_password.", exception);
        }
    }

    /// <summary>The TLS of Windows takes no key that only exists in memory.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
            return certificate;
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
    }

    private static InvalidOperationException Wrong(HttpOptions options, string why, Exception cause) =>
        new($"TLS can't use ssl_certfile '{options.SslCertFile}' and ssl_keyfile '{options.SslKeyFile}': {why}", cause);
}

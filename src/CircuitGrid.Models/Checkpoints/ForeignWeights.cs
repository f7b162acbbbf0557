using System.Collections.Immutable;
using System.Text.RegularExpressions;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>A form in which weights are kept that this program doesn't read.</summary>
public enum ForeignForm
{
    /// <summary>GPT-NeoX, a folder <c>global_step{N}</c> of its training.</summary>
    GptNeoX,

    /// <summary>DeepSpeed ZeRO, alone or in a Trainer's folder.</summary>
    DeepSpeed,

    /// <summary>Megatron-LM, a folder <c>iter_{N}</c>, by ranks or distributed.</summary>
    Megatron,

    /// <summary>FSDP as accelerate and the Trainer save it.</summary>
    Fsdp,

    /// <summary><c>torch.distributed.checkpoint</c>.</summary>
    TorchDistributed,

    /// <summary>An adapter of PEFT, such as LoRA.</summary>
    Adapter,

    /// <summary>GGUF, as llama.cpp reads it.</summary>
    Gguf,

    /// <summary>Flax.</summary>
    Flax,

    /// <summary>TensorFlow.</summary>
    TensorFlow,

    /// <summary>Orbax, of JAX.</summary>
    Orbax,

    /// <summary>Llama as Meta gave it out.</summary>
    Llama,

    /// <summary>OLMo's own trainer.</summary>
    Olmo,

    /// <summary>A Trainer's state without weights.</summary>
    OptimizerAlone,
}

/// <summary>Recognises folders whose weights are in a form of another framework, by the names in them alone.</summary>
public static class ForeignWeights
{
    // A folder of a hostile or broken program may have any number of entries.
    private const int MostNames = 100_000;

    /// <summary>In the order of asking: forms that contain files of another stand before it. Every pattern of a row must fit some name.</summary>
    private static readonly ImmutableArray<Row> s_rows =
    [
        new(ForeignForm.GptNeoX, "It holds a checkpoint of GPT-NeoX, which its tools/ckpts/convert_neox_to_hf.py converts.", @"^layer_\d+-model_\d+-model_states\.pt$"),
        new(ForeignForm.DeepSpeed, "It holds a checkpoint of DeepSpeed ZeRO, from which its zero_to_fp32.py makes pytorch_model.bin.", @"^zero_to_fp32\.py$|_optim_states\.pt$|^mp_rank_\d+_model_states\.pt$"),
        new(ForeignForm.Megatron, "It holds a distributed checkpoint of Megatron-LM, which AutoBridge.export_ckpt of Megatron Bridge converts.", @"\.distcp$", @"^common\.pt$"),
        new(ForeignForm.Megatron, "It holds a checkpoint of Megatron-LM by ranks, which its tools/checkpoint/convert.py makes distributed and AutoBridge.export_ckpt of Megatron Bridge then converts.", @"^mp_rank_\d{2}(_\d{3})*$|^model_optim_rng\.pt$|^distrib_optim\.pt$"),
        new(ForeignForm.Fsdp, "It holds a checkpoint of FSDP, of whose pytorch_model_fsdp_0 accelerate merge-weights makes model.safetensors.", @"^pytorch_model_fsdp(_\d+)?(\.bin)?$"),
        new(ForeignForm.TorchDistributed, "It holds a checkpoint of torch.distributed, which python -m torch.distributed.checkpoint.format_utils dcp_to_torch makes one file of torch.", @"\.distcp$|^\.metadata$"),
        new(ForeignForm.Adapter, "It holds an adapter (LoRA, PEFT) without its base model, which merge_and_unload of PEFT joins to it, and save_pretrained then saves.", @"^adapter_config\.json$|^adapter_model\."),
        new(ForeignForm.Gguf, "It holds GGUF, often quantized, which from_pretrained of transformers reads with gguf_file=NAME, and save_pretrained then saves.", @"\.gguf$"),
        new(ForeignForm.Flax, "It holds weights of Flax, which from_pretrained of transformers before version 5 reads with from_flax=True, and save_pretrained then saves.", @"^flax_model.*\.msgpack(\.index\.json)?$"),
        new(ForeignForm.TensorFlow, "It holds weights of TensorFlow, which from_pretrained of transformers before version 5 reads with from_tf=True, and save_pretrained then saves.", @"^tf_model.*\.h5(\.index\.json)?$|\.ckpt(-\d+)?\.index$|^model\.ckpt"),
        new(ForeignForm.Orbax, "It holds a checkpoint of Orbax (JAX), which PyTreeCheckpointer of orbax.checkpoint restores for the model's own export to Hugging Face's layout.", @"^_CHECKPOINT_METADATA$|^manifest\.ocdbt$|^ocdbt\.process_\d+$|^orbax\.checkpoint$|^_METADATA$"),
        new(ForeignForm.Llama, "It holds weights of Llama as Meta gives them out, which convert_llama_weights_to_hf.py of transformers converts.", @"^consolidated\.\d+\.pth$"),
        new(ForeignForm.Olmo, "It holds a checkpoint of OLMo's trainer, which scripts/convert_olmo2_to_hf.py of OLMo converts (OLMo 1: scripts/convert_olmo_to_hf_new.py).", @"^model\.pt$", @"^config\.yaml$"),
        new(ForeignForm.OptimizerAlone, "It holds an optimizer's state without the weights, which can't be made of it; copy the weights of the same step beside it.", @"^optimizer\.(pt|bin)$"),
    ];

    /// <summary>The form that a folder's weights are in, where it isn't one that can be read.</summary>
    /// <param name="folder">The folder, which need not exist.</param>
    /// <returns>The form and one sentence that says what it is and what converts it; <see langword="null"/> where weights are there that can be read, and where no form is recognised.</returns>
    public static (ForeignForm Form, string Text)? Recognise(string folder)
    {
        if (!CheckpointFolder.WeightKinds(folder).IsEmpty)
        {
            return null;
        }

        return Recognise(NamesIn(folder));
    }

    /// <summary>The form of weights whose files have these names, where none of them can be read.</summary>
    internal static (ForeignForm Form, string Text)? Recognise(IReadOnlyCollection<string> names)
    {
        foreach (var row in s_rows)
        {
            if (row.Fits(names))
            {
                return (row.Form, row.Text);
            }
        }

        return null;
    }

    private static List<string> NamesIn(string folder)
    {
        FolderBounds.Require(folder);
        try
        {
            return Directory.Exists(folder) ? [.. Directory.EnumerateFileSystemEntries(folder).Take(MostNames).Select(path => Path.GetFileName(path))] : [];
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw new InvalidInputException(folder, "can't be read: " + Text.OneLine(e.Message), e);
        }
    }

    private sealed class Row(ForeignForm form, string text, params string[] patterns)
    {
        private readonly Regex[] _patterns = [.. patterns.Select(pattern => new Regex(pattern, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking))];

        public ForeignForm Form => form;

        public string Text => text;

        public bool Fits(IReadOnlyCollection<string> names) => _patterns.All(pattern => names.Any(pattern.IsMatch));
    }
}

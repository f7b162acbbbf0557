namespace CircuitGrid.Circuits.Tasks;

/// <summary>Which of a lexicon's wordings a task's prompts are made from.</summary>
public enum TemplateSet
{
    /// <summary>The task's templates, as published where the lexicon is the built-in one.</summary>
    Published,

    /// <summary>The lexicon's paraphrases of these: other sentences in which the answer is as determined.</summary>
    Paraphrases,
}
